//! File, environment and flags, parsed into checked types; errors name file, line, column and fix.
