"""Parts of pages, each a component in its own module."""
