//! Briefs, the extractive writer, and the verifier that trusts neither writer.
