/** Steps that the tours of several addons take. */

export function pick(field, typed, shown = typed) {
    return [
        { trigger: `div[name='${field}'] input`, run: `edit ${typed}` },
        {
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains('${shown}')`,
            run: "click",
        },
    ];
}

export function moveTo(stage) {
    return [
        {
            content: `Move to ${stage}`,
            trigger: `.o_statusbar_status button:contains('${stage}')`,
            run: "click",
        },
        {
            trigger: `.o_statusbar_status button.o_arrow_button_current:contains('${stage}')`,
        },
    ];
}

export function logFirstCall(summary) {
    return [
        { trigger: "button[name='action_log_call']", run: "click" },
        { trigger: ".modal div[name='summary'] textarea", run: `edit ${summary}` },
        { trigger: ".modal button[name='action_log']", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: "button[name='action_view_calls'] .o_stat_value:contains('1')" },
    ];
}

export function save() {
    return [
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
    ];
}
