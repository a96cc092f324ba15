import {
    logFirstCall,
    moveTo,
    pick,
    save,
} from "@vehicle_crm/../tests/tours/vehicle_crm_steps";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("dealer_crm_walk_in", {
    url: "/odoo/dealer-pipeline",
    steps: () => [
        { content: "The board is loaded", trigger: ".o_kanban_group:contains('Negotiation')" },
        {
            content: "A walk-in: name and mobile, no more",
            trigger: ".o-kanban-button-new",
            run: "click",
        },
        {
            trigger: ".o_kanban_quick_create div[name='contact_name'] input",
            run: "edit Ben Tour",
        },
        {
            trigger: ".o_kanban_quick_create div[name='mobile'] input",
            run: "edit 0917 555 0188",
        },
        { trigger: ".o_kanban_quick_create .o_kanban_edit", run: "click" },
        { content: "The form with its reference", trigger: ".breadcrumb-item:contains('My Pipeline')" },
        { trigger: ".o_breadcrumb:contains('DLEAD/')" },
        {
            content: "No Mark Won before there is an order",
            trigger: ".o_form_statusbar:not(:has(button[name='action_mark_won']))",
        },
        ...logFirstCall("Wants to see it"),
        {
            content: "Too early: there is no vehicle yet",
            trigger: "button[name='action_convert_to_quotation']",
            run: "click",
        },
        { trigger: ".modal:contains('Select a vehicle first')" },
        { trigger: ".modal footer button", run: "click" },
        ...pick("brand_id", "Kestrel"),
        ...pick("product_id", "Kestrel K5"),
        ...save(),
        ...moveTo("Qualified"),
        ...moveTo("Negotiation"),
        { trigger: "button[name='action_convert_to_quotation']", run: "click" },
        {
            content: "The quotation, with the agreed line",
            trigger: ".o_sale_order .o_data_row:contains('Kestrel K5')",
        },
        { trigger: "button[name='action_confirm']:not(#action_confirm)", run: "click" },
        { trigger: "button[name='action_view_delivery']", run: "click" },
        { trigger: "button[name='button_validate']", run: "click" },
        {
            content: "Delivered",
            trigger: ".o_statusbar_status button.o_arrow_button_current:contains('Done')",
        },
        {
            content: "Back to the lead",
            trigger: ".breadcrumb-item a:contains('Ben Tour'), .o_back_button:contains('Ben Tour')",
            run: "click",
        },
        {
            content: "Now Mark Won is the thing to do",
            trigger: "button[name='action_mark_won'].btn-primary",
            run: "click",
        },
        { trigger: ".o_arrow_button_current:contains('Won')" },
        {
            content: "A closed lead has no buttons left but the way to its order",
            trigger:
                ".o_form_statusbar:not(:has(button[name='action_mark_won'])):has(button[name='action_open_quotation'])",
        },
    ],
});

tours.add("dealer_crm_lost_needs_reason", {
    steps: () => [
        { trigger: "button[name='action_mark_lost']", run: "click" },
        {
            content: "Without a reason the wizard does not close",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        { trigger: ".modal div[name='lost_reason_id'].o_field_invalid" },
        { trigger: ".modal div[name='lost_reason_id'] input", run: "click" },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains('Price Too High')",
            run: "click",
        },
        { trigger: ".modal button[name='action_apply']", run: "click" },
        { trigger: ".o_arrow_button_current:contains('Lost')" },
    ],
});

tours.add("dealer_crm_drag_refused", {
    url: "/odoo/dealer-pipeline",
    steps: () => [
        {
            content: "Drag a new lead over Qualified into Negotiation",
            trigger: ".o_kanban_group:contains('New') .o_kanban_record:contains('Tour lead')",
            run: "drag_and_drop(.o_kanban_group:contains('Negotiation'))",
        },
        { trigger: ".modal:contains('one step at a time')" },
        { trigger: ".modal footer button", run: "click" },
        {
            content: "It is back where it was",
            trigger: ".o_kanban_group:contains('New') .o_kanban_record:contains('Tour lead')",
        },
    ],
});

tours.add("dealer_crm_claim", {
    steps: () => [
        {
            content: "An unclaimed lead offers Claim and nothing else",
            trigger:
                ".o_form_statusbar:has(button[name='action_claim']):not(:has(button[name='action_mark_lost'])):not(:has(button[name='action_convert_to_quotation']))",
        },
        { trigger: "button[name='action_claim']", run: "click" },
        { trigger: "button[name='action_log_call']" },
        { trigger: ".o_form_statusbar:not(:has(button[name='action_claim']))" },
    ],
});

tours.add("dealer_crm_claim_too_late", {
    steps: () => [
        {
            content: "The page was open when a colleague claimed the lead",
            trigger: "button[name='action_claim']",
            run: "click",
        },
        { trigger: ".modal:contains('is claimed by tour_otto')" },
        { trigger: ".modal footer button", run: "click" },
    ],
});
