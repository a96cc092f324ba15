import {
    logFirstCall,
    moveTo,
    pick,
    save,
} from "@vehicle_crm/../tests/tours/vehicle_crm_steps";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("bpo_crm_agent", {
    url: "/odoo/bpo-unclaimed",
    steps: () => [
        {
            content: "An unclaimed lead",
            trigger: ".o_data_row:contains('Tour lead') td[name='name']",
            run: "click",
        },
        {
            content: "Only Claim is offered",
            trigger:
                ".o_form_statusbar:has(button[name='action_claim']):not(:has(button[name='action_mark_won'])):not(:has(button[name='action_mark_lost']))",
        },
        {
            content: "The same customer asked before",
            trigger: ".alert-warning:contains('of this customer'):contains('LEAD/')",
        },
        { trigger: "button[name='action_claim']", run: "click" },
        ...logFirstCall("Wants it in blue"),
        ...pick("brand_id", "Kestrel"),
        ...save(),
        {
            content: "A model by its external reference, of this brand only",
            trigger: "div[name='vehicle_model_id'] input",
            run: "edit 98765",
        },
        {
            trigger:
                ".o-autocomplete--dropdown-menu:not(:contains('Rival')) a:contains('Kestrel K5')",
            run: "click",
        },
        ...pick("dealership_id", "Tour", "Tour Manila"),
        ...save(),
        ...moveTo("Qualified"),
        ...moveTo("Negotiation"),
        { trigger: "button[name='action_mark_won']", run: "click" },
        {
            content: "On its way, and still in Negotiation",
            trigger: ".alert-info:contains('Hand-off pending')",
        },
        { trigger: ".o_arrow_button_current:contains('Negotiation')" },
        {
            content: "Neither won nor lost by hand now",
            trigger:
                ".o_form_statusbar:has(button[name='action_cancel_handoff']):not(:has(button[name='action_mark_won'])):not(:has(button[name='action_mark_lost']))",
        },
    ],
});

tours.add("bpo_crm_manager", {
    url: "/odoo/bpo-dealerships",
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: "div[name='name'] input", run: "edit Tour Cebu" },
        { trigger: "div[name='code'] input", run: "edit TOUR-CEB" },
        { trigger: "div[name='city'] input", run: "edit Cebu" },
        ...pick("brand_ids", "Kestrel"),
        { trigger: "a[name='odoo_connection']", run: "click" },
        { trigger: "div[name='odoo_url'] input", run: "edit http://127.0.0.1:9/" },
        { trigger: "div[name='odoo_db'] input", run: "edit tour" },
        { trigger: "div[name='odoo_username'] input", run: "edit push" },
        { trigger: "div[name='odoo_password'] input", run: "edit secret-of-the-tour" },
        ...save(),
        { trigger: ".breadcrumb-item:contains('Tour Cebu — KESTOURB'), .o_breadcrumb:contains('Tour Cebu — KESTOURB')" },
        { content: "Yellow: an address, never tested", trigger: ".ribbon:contains('Not Connected')" },
        { trigger: "button[name='action_test_connection']", run: "click" },
        { trigger: ".o_notification:contains('refused the connection')" },
        {
            content: "What was tried",
            trigger: "div[name='odoo_check_ids'] .o_data_row:contains('An Odoo answers')",
        },
    ],
});
