# EXTRA_DIST and installed data of this folder.
