import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("dealer_crm_bpo_bridge_admin", {
    url: "/odoo/bpo-crm-connection",
    steps: () => [
        { trigger: ".o_data_row td[name='name']:contains('BPO')", run: "click" },
        { trigger: "button[name='action_test_connection']", run: "click" },
        {
            content: "A wrong password is said, and shown on the connection",
            trigger: ".o_notification:contains('password') .o_notification_close",
            run: "click",
        },
        { trigger: ".ribbon:contains('Not Connected')" },
        { trigger: "div[name='password'] input", run: "edit secret" },
        { trigger: "button[name='action_test_connection']", run: "click" },
        {
            content: "With the right one it is connected",
            trigger: ".o_notification:contains('Connected to Odoo')",
        },
        { trigger: ".ribbon:contains('Connected'):not(:contains('Not'))" },
        {
            content: "The password that was entered is not there to be read",
            trigger: "div[name='password'] input:not(:value('secret'))",
        },
        { trigger: "button[name='action_import_now']", run: "click" },
        { trigger: ".o_notification:contains('1 endorsed leads are here')" },
        {
            content: "The lead is counted, and behind the button",
            trigger: "button[name='action_view_leads'] .o_stat_value:contains('1')",
            run: "click",
        },
        { trigger: ".o_facet_value:contains('Endorsed from BPO')" },
        { trigger: ".o_kanban_record:contains('Juan'), .o_data_row:contains('Juan')" },
    ],
});

tours.add("dealer_crm_bpo_bridge_user", {
    url: "/odoo/dealer-leads",
    steps: () => [
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        {
            trigger: ".o_filter_menu .o_menu_item:contains('Endorsed from BPO')",
            run: "click",
        },
        {
            content: "Closed ones, too",
            trigger: ".o_filter_menu .o_menu_item.selected:contains('Open')",
            run: "click",
        },
        {
            content: "Only what the BPO endorsed",
            trigger:
                ".o_action_manager:contains('To Decline'):contains('To Resend'):not(:contains('Walk-in'))",
        },
        {
            trigger:
                ".o_kanban_record:contains('To Decline'), .o_data_row td[name='name']:contains('To Decline')",
            run: "click",
        },
        { trigger: "button[name='action_claim']", run: "click" },
        { trigger: ".o_form_statusbar:not(:has(button[name='action_claim']))" },
        { trigger: ".nav-link[name='bpo_origin']", run: "click" },
        {
            content: "The way to the BPO's lead",
            trigger:
                "div[name='bpo_source_url'] a[href='https://bpo.example.com/odoo/action-1/1234']",
        },
        { trigger: "div[name='bpo_state']:contains('Accepted')" },
        { trigger: "button[name='action_decline']", run: "click" },
        {
            content: "Without a reason the wizard does not close",
            trigger: ".modal button[name='action_decline']",
            run: "click",
        },
        { trigger: ".modal div[name='reason'].o_field_invalid" },
        { trigger: ".modal div[name='reason'] textarea", run: "edit Too far away" },
        { trigger: ".modal button[name='action_decline']", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_arrow_button_current:contains('Lost')" },
        {
            trigger: ".breadcrumb-item a:contains('Leads'), .o_back_button",
            run: "click",
        },
        {
            trigger:
                ".o_kanban_record:contains('To Resend'), .o_data_row td[name='name']:contains('To Resend')",
            run: "click",
        },
        {
            content: "What went wrong is over the form",
            trigger: ".alert-warning:contains('The BPO could not be told')",
        },
        { trigger: "button[name='action_resend_to_bpo']", run: "click" },
        { trigger: ".o_notification:contains('1 leads are sent to the BPO')" },
        { trigger: ".o_form_view:not(:has(.alert-warning:contains('could not be told')))" },
    ],
});

tours.add("dealer_crm_bpo_bridge_differences", {
    url: "/odoo/bpo-differences",
    steps: () => [
        {
            trigger: ".o_data_row:contains('Missing here') button[name='action_pull']",
            run: "click",
        },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains('Missing here')))" },
        {
            trigger:
                ".o_data_row:contains('BPO does not know the outcome') button[name='action_send']",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains('Unknown to the BPO') button[name='action_ignore']",
            run: "click",
        },
        { trigger: ".modal div[name='reason'] textarea", run: "edit Called them" },
        { trigger: ".modal button[name='action_ignore']", run: "click" },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains('Unknown to the BPO')))" },
    ],
});
