//! Posting on real databases.
