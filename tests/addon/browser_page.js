// What a person sees and does on a page; browser_case.py puts this in every document.
(() => {
    // === SETTLED: NO REQUEST UNDER WAY, AND DRAWN === //
    let pending = 0;
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (...args) {
        pending += 1;
        this.addEventListener("loadend", () => (pending -= 1));
        return send.apply(this, args);
    };
    const { fetch } = window;
    window.fetch = async (...args) => {
        pending += 1;
        try {
            return await fetch(...args);
        } finally {
            pending -= 1;
        }
    };

    const frame = () => new Promise((done) => requestAnimationFrame(done));
    async function settled() {
        for (let quiet = 0; quiet < 3; quiet++) {
            await frame();
            if (pending || document.readyState !== "complete") {
                quiet = 0;
            }
        }
        return true;
    }

    // === LOOKING === //
    const CLICKABLE =
        "button, a, label, summary, [role=menuitem], [role=option], [role=tab], " +
        ".o_data_cell, .o_kanban_record, .o-mail-Message";
    const OPTION = ".o-dropdown-item, .o-autocomplete--dropdown-item a";
    const EDITABLE = "input, textarea, button.o_input, [contenteditable=true]";

    const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();
    const same = (left, right) => left.toLowerCase() === right.toLowerCase();

    function visible(element) {
        return (
            element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
            element.getClientRects().length > 0
        );
    }

    /** The dialog on top, or the page. */
    function scope() {
        return [...document.querySelectorAll(".modal.show")].filter(visible).pop() ?? document;
    }

    function all(selector, root = scope()) {
        return [...root.querySelectorAll(selector)].filter(visible);
    }

    function captions(element) {
        const said = ["aria-label", "title", "data-tooltip"].map((name) =>
            element.getAttribute(name)
        );
        return [element.innerText, ...said].map(squeeze).filter(Boolean);
    }

    function only(found, what) {
        if (found.length !== 1) {
            throw new Error(`${found.length} × ${what}`);
        }
        return found[0];
    }

    /** The innermost elements with a caption. */
    function captioned(text, selector, root) {
        const found = all(selector, root).filter((element) =>
            captions(element).some((caption) => same(caption, text))
        );
        return found.filter((one) => !found.some((other) => other !== one && one.contains(other)));
    }

    function reachable(element, what) {
        element.scrollIntoView({ block: "center", inline: "center" });
        const { left, top, width, height } = element.getBoundingClientRect();
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        if (!element.contains(hit) && !hit?.contains(element)) {
            throw new Error(`covered: ${what}`);
        }
        if (element.disabled) {
            throw new Error(`disabled: ${what}`);
        }
        return element;
    }

    /** The widget of the field with this label, or of this column in the row in edit. */
    function widget(label) {
        const column = all(".o_list_renderer th[data-name]").find((head) =>
            same(squeeze(head.innerText), label)
        );
        const cell =
            column &&
            all(`.o_selected_row td[name="${column.dataset.name}"]`, column.closest("table"))[0];
        if (cell) {
            return cell;
        }
        const labels = all("label").filter((one) =>
            same(squeeze(one.innerText).replace(/ ?\?$/, ""), label)
        );
        const { control, htmlFor } = only(labels, `label “${label}”`);
        // What is shown only has no input of its own; its label names the field.
        const name = htmlFor.replace(/_\d+$/, "");
        return (
            control?.closest(".o_field_widget") ??
            control ??
            only(all(`.o_field_widget[name="${name}"]`), `field “${label}”`)
        );
    }

    // === DOING === //
    function press(element) {
        const event = { bubbles: true, cancelable: true, composed: true };
        element.dispatchEvent(new PointerEvent("pointerdown", event));
        element.dispatchEvent(new MouseEvent("mousedown", event));
        element.closest("button, a, input, textarea, [tabindex]")?.focus();
        element.dispatchEvent(new PointerEvent("pointerup", event));
        element.dispatchEvent(new MouseEvent("mouseup", event));
        element.click();
        return true;
    }

    const person = {
        settled,

        click(text, within) {
            const root = within ? only(all(within), within) : scope();
            const what = `“${text}”`;
            return press(reachable(only(captioned(text, CLICKABLE, root), what), what));
        },

        option(text) {
            const shown = all(OPTION, document);
            const exact = shown.filter((one) => same(squeeze(one.innerText), text));
            const part = shown.filter((one) => squeeze(one.innerText).includes(text));
            return press(only(exact.length ? exact : part, `option “${text}”`));
        },

        /** Put the cursor in a field, with what it holds selected. */
        focus(label) {
            const field = widget(label);
            const input = field.matches(EDITABLE) ? field : all(EDITABLE, field)[0];
            press(reachable(input ?? only([], `input of “${label}”`), `“${label}”`));
            if (document.activeElement.matches("button.o_input")) {
                throw new Error(`not open: “${label}”`);
            }
            document.activeElement.select?.();
            return true;
        },

        leave() {
            document.activeElement.blur();
            return true;
        },

        read(label) {
            const field = widget(label);
            const input = field.matches("input, textarea") ? field : all("input, textarea", field)[0];
            return squeeze(input ? input.value : field.innerText);
        },

        text() {
            return squeeze(scope().body?.innerText ?? scope().innerText);
        },

        /** The rows of the list on the page (or in the open tab), by column title. */
        rows(within = "") {
            const table = only(all(`${within} table.o_list_table`), "list");
            const heads = all("th[data-name]", table);
            return all("tr.o_data_row", table).map((row) =>
                Object.fromEntries(
                    heads.map((head) => [
                        squeeze(head.innerText),
                        squeeze(row.querySelector(`td[name="${head.dataset.name}"]`)?.innerText),
                    ])
                )
            );
        },

        /** How far the page sticks out of the window, in pixels. */
        overflow() {
            const { scrollWidth, clientWidth } = document.documentElement;
            return scrollWidth - clientWidth;
        },
    };
    Object.defineProperty(window, "person", { value: person });
})();
