"""The doors of village-alliances: the command `alliances`, and the page it opens. No arithmetic in them."""
