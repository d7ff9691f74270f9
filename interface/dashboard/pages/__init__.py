"""The pages: each a module with one component `Body`."""
