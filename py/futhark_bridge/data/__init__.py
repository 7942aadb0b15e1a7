"""Values as text and files: Futhark's own formats, numpy's, and JSON."""
