// App Home: the app's own page for the person who looks.

import { byId, h } from "./dom.js";
import { patchBlocks } from "./blocks.js";
import { on, store } from "./store.js";
import { ViewForm } from "./views.js";

let form = null;

export function startHome() {
  const box = byId("home");
  on("home", () => {
    const view = store.home;
    if (!view) {
      form = null;
      return box.replaceChildren(h("p", { class: "nothing" }, `${store.state.app.name} has not put anything here for you yet.`));
    }
    if (form?.view.id !== view.id) {
      form = new ViewForm(view);
      box.replaceChildren(h("div", { class: "blocks", data: { testid: "home-blocks" } }));
    }
    form.view = view;
    return patchBlocks(box.firstChild, view.blocks, form);
  });
  on("viewer", () => {
    form = null;
    box.replaceChildren();
  });
}
