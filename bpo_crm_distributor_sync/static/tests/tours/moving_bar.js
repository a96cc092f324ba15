import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

const BAR = ".o_bpo_sync_progress";

/** The scheduler's turn: one page is read, written and committed. */
async function nextPage() {
    const model = "distributor.sync.run";
    await rpc(`/web/dataset/call_kw/${model}/action_next_page`, {
        model,
        method: "action_next_page",
        args: [],
        kwargs: {},
    });
}

function barSays(text) {
    // Rows, not percent: from a message. What was loaded with the record is a percentage.
    return { content: `The bar says ${text}`, trigger: `${BAR}:contains('${text}')` };
}

registry.category("web_tour.tours").add("bpo_sync_moving_bar", {
    steps: () => [
        {
            trigger: "button[name='action_sync_vehicle_models']",
            run() {
                window.bpoNeverReloaded = true;
                document.querySelector("button[name='action_sync_vehicle_models']").click();
            },
        },
        { trigger: ".o_notification:contains('in the background')" },
        { trigger: ".o_form_view:has(button[name='action_view_sync_runs'])", run: nextPage },
        { ...barSays("10 / 45"), run: nextPage },
        barSays("20 / 45"),
        { trigger: "button[name='action_view_sync_runs']", run: "click" },
        { trigger: ".o_data_row td[name='kind']", run: "click" },
        {
            content: "The run as it was loaded, then as it goes on",
            trigger: `.o_form_view:has(button[name='action_cancel']) ${BAR}:contains('44 %')`,
            run: nextPage,
        },
        { ...barSays("30 / 45"), run: nextPage },
        { ...barSays("40 / 45"), run: nextPage },
        {
            content: "Its end is shown too, with the counts",
            trigger: `.o_form_view:not(:has(${BAR})) div[name='created']:contains('45')`,
        },
        { trigger: ".o_arrow_button_current:contains('Done')" },
        { trigger: ".o_notification:contains('45 created')" },
        {
            content: "The same page all the time",
            trigger: "body",
            run() {
                if (!window.bpoNeverReloaded) {
                    throw new Error("The page was loaded again.");
                }
            },
        },
    ],
});
