# Themes: installed for copying, and compiled in (src/view/theme_data.c).
THEMES = themes/dark.theme themes/light.theme themes/mono.theme
themesdir = $(pkgdatadir)/themes
dist_themes_DATA = $(THEMES)
