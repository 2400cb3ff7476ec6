// What modals and App Home share: blocks that stand in a view, and the values put into them.

import { api } from "./api.js";
import { initialValue } from "./elements.js";
import { doing } from "./live.js";
import { myChannels, names, people, store } from "./store.js";

/** The values of one view by block and action, and what its blocks need from the page. */
export class ViewForm {
  constructor(view) {
    this.view = view;
    this.held = {};
    this.names = names;
    this.people = people;
    this.channels = myChannels;
  }

  inForm(block) {
    return block.type === "input";
  }

  read(block, element) {
    return this.held[block.block_id]?.[element.action_id] ?? this.view.state?.values?.[block.block_id]?.[element.action_id] ?? initialValue(element);
  }

  write(block, element, value) {
    (this.held[block.block_id] ??= {})[element.action_id] = value;
  }

  act(block, element, value) {
    const where = { view_id: this.view.id, block_id: block.block_id, action_id: element.action_id };
    return doing(api.click({ user: store.viewer, ...where, ...value, values: this.values() }), "This click");
  }

  options(block, element, typed) {
    return api.options({ user: store.viewer, view_id: this.view.id, block_id: block.block_id, action_id: element.action_id, value: typed });
  }

  /** The elements that hold values, each with its block. */
  *elements() {
    for (const block of this.view.blocks) {
      const inside = block.type === "input" ? [block.element] : [...(block.elements ?? []), block.accessory].filter(Boolean);
      for (const element of inside) if (initialValue(element)) yield [block, element];
    }
  }

  /** In the shape of `view.state.values`. */
  values() {
    const values = {};
    for (const [block, element] of this.elements()) (values[block.block_id] ??= {})[element.action_id] = this.read(block, element);
    return values;
  }
}
