# Two commands are all a newcomer needs: make demo, make test.
PYTHON ?= python3
RUN = $(PYTHON) tools/run.py

.DEFAULT_GOAL := help
.PHONY: help demo test lint pot screenshots bench soak

help: ## Show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo
	@echo 'Arguments: make test ARGS="--series 18 --addon remote_odoo -k client"'
	@echo '           make test ARGS=--help, make demo ARGS=--help'
	@echo 'Settings:  ODOO_PATH, PGHOST, PORT_BASE, WORK_DIR, PYTHON (docs/install.md)'

demo: ## Four Odoo servers and one lead that travels through them (ARGS=--once to end)
	@$(RUN) demo $(ARGS)

test: ## Everything that CI checks, on every Odoo series found
	@$(RUN) test $(ARGS)

lint: ## The style checks alone
	@$(RUN) lint $(ARGS)

pot: ## Write the translatable texts anew, <addon>/i18n/<addon>.pot
	@$(RUN) pot

screenshots: ## Take the pictures of docs/img anew, from the demo's servers
	@$(RUN) screenshots $(ARGS)

bench: ## The figures of docs/scale.md, on real servers (a quarter of an hour)
	@$(RUN) bench $(ARGS)

soak: ## The full loads with faults and killed servers (a quarter of an hour per series)
	@$(RUN) soak $(ARGS)
