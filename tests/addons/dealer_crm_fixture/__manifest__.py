{
    "name": "Dealer CRM Fixture",
    "version": "1.1.0",
    "category": "Hidden/Tests",
    "summary": "Dealer CRM beside the Odoo apps that change what an order is",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["dealer_crm", "sale_management", "sale_mrp"],
}
