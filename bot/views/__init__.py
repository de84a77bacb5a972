"""Every word that a person reads. Pure: rows of the domain in, text and Block Kit out."""
