"""The rebuilt model: alliances pool endowments and choose projects. It stands beside the old rules until it replaces them."""
