//! What can be computed of one record alone, and the clusters it joins.

pub mod clusters;
