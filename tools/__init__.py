"""What `make` calls: brings up Odoo, PostgreSQL and Python, then demo and tests."""
