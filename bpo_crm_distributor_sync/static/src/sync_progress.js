/** @odoo-module **/
import { Component, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const CHANNEL = "bpo_crm_distributor_sync.progress";

/**
 * How far a sync is. Moves without reloading: the server sends a message over the bus
 * after a page. When the sync ends, the record is loaded again for its counts.
 */
export class SyncProgressField extends Component {
    static template = "bpo_crm_distributor_sync.SyncProgress";
    static props = { ...standardFieldProps };

    setup() {
        this.bus = useService("bus_service");
        // The last message, until the sync that it tells of has ended.
        this.live = useState({ message: null });
        this.onProgress = (message) => {
            if (!this.isAbout(message)) {
                return;
            }
            const goesOn = ["queued", "running"].includes(message.state);
            this.live.message = goesOn ? message : null;
            if (!goesOn && !this.props.record.dirty) {
                this.props.record.load();
            }
        };
        this.bus.subscribe(CHANNEL, this.onProgress);
        onWillUnmount(() => this.bus.unsubscribe(CHANNEL, this.onProgress));
    }

    isAbout(message) {
        const { resModel, resId } = this.props.record;
        return resId === (resModel === "crm.brand" ? message.brand_id : message.run_id);
    }

    /** The last message about the record on the screen: the pager may have changed it. */
    get message() {
        const { message } = this.live;
        return message && this.isAbout(message) ? message : null;
    }

    get percent() {
        const value = this.message?.progress ?? this.props.record.data[this.props.name];
        return Math.round(value || 0);
    }

    get isVisible() {
        return Boolean(this.message) || this.percent > 0;
    }

    get text() {
        const { done, total } = this.message || {};
        return total ? `${done} / ${total}` : `${this.percent} %`;
    }
}

registry.category("fields").add("bpo_sync_progress", {
    component: SyncProgressField,
    displayName: "Sync progress",
    supportedTypes: ["float"],
});
