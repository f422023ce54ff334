# Themes: installed for copying, and compiled in (src/view/theme_data.c).
THEMES = themes/dark.theme themes/light.theme themes/aurora.theme themes/ember.theme themes/paper.theme \
	themes/high-contrast-dark.theme themes/high-contrast-light.theme themes/colour-blind.theme \
	themes/terminal.theme themes/mono.theme
themesdir = $(pkgdatadir)/themes
dist_themes_DATA = $(THEMES)
