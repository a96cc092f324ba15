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
        this.live = useState({ progress: null, done: 0, total: 0, state: null });
        this.onProgress = (message) => {
            const { resModel, resId } = this.props.record;
            const id = resModel === "crm.brand" ? message.brand_id : message.run_id;
            if (id !== resId) {
                return;
            }
            Object.assign(this.live, message);
            if (!["queued", "running"].includes(message.state)) {
                this.live.progress = null;
                if (!this.props.record.dirty) {
                    this.props.record.load();
                }
            }
        };
        this.bus.subscribe(CHANNEL, this.onProgress);
        onWillUnmount(() => this.bus.unsubscribe(CHANNEL, this.onProgress));
    }

    get percent() {
        const value = this.live.progress ?? this.props.record.data[this.props.name];
        return Math.round(value || 0);
    }

    get isVisible() {
        return this.live.progress !== null || this.percent > 0;
    }

    get text() {
        const { progress, done, total } = this.live;
        return progress === null || !total ? `${this.percent} %` : `${done} / ${total}`;
    }
}

registry.category("fields").add("bpo_sync_progress", {
    component: SyncProgressField,
    displayName: "Sync progress",
    supportedTypes: ["float"],
});
