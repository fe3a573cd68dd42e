//! Questions asked of the desk, answered from the store by one set of functions.
