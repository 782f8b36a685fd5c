// The walks without a mouse (`WALK_KEYS=1`): what a walk clicks is reached with the Tab and arrow keys, and pressed with
// Enter or the space key. A walk fails if something cannot be reached so.
import type { Locator, Page } from "playwright-core";

/** How often Tab and an arrow key are pressed before a walk gives up. */
const MOST_TABS = 500;
const MOST_ARROWS = 60;

type Options = { force?: boolean };

/** Marks what a click on an element would press: itself, what it is in, or the field of its label. */
function mark(element: Element) {
  for (const old of document.querySelectorAll("[data-walk]")) old.removeAttribute("data-walk");
  const label = element.closest("label");
  const pressed =
    element.closest("a[href], button, summary, input, select, textarea") ??
    label?.control ??
    element.closest("[tabindex], [role=option], [role=link], [role=button]") ??
    element;
  pressed.setAttribute("data-walk", "");
}

/** How far the focus is: on the marked element, on another radio of its group, in the table that it is in, or elsewhere. */
function where(): "there" | "group" | "table" | "elsewhere" | "gone" {
  const wanted = document.querySelector<HTMLElement>("[data-walk]");
  const active = document.activeElement;
  if (!wanted) return "gone";
  if (wanted === active) return "there";
  if (wanted instanceof HTMLInputElement && wanted.type === "radio")
    return active instanceof HTMLInputElement &&
      active.type === "radio" &&
      active.name === wanted.name &&
      active.form === wanted.form
      ? "group"
      : "elsewhere";
  // What Tab passes by is reached with arrow keys from the element around it, or from the one before it.
  if (wanted.tabIndex < 0 && active && active !== document.body && active.contains(wanted)) return "table";
  return "elsewhere";
}

async function reach(page: Page, locator: Locator) {
  for (let arrows = 0, tabs = 0; tabs < MOST_TABS && arrows < MOST_ARROWS;) {
    let at = await page.evaluate(where);
    if (at === "gone") {
      // It was drawn anew meanwhile.
      await locator.evaluate(mark);
      at = await page.evaluate(where);
    }
    if (at === "there") return;
    if (at === "elsewhere") {
      await page.keyboard.press("Tab");
      tabs += 1;
    } else {
      await page.keyboard.press("ArrowDown");
      arrows += 1;
    }
  }
  throw new Error(`the keyboard does not reach ${locator.toString()}`);
}

async function press(locator: Locator, { force }: Options = {}) {
  const page = locator.page();
  await locator.waitFor();
  while (!force && !(await locator.isEnabled()))
    await page.evaluate(() => new Promise(requestAnimationFrame));
  await locator.evaluate(mark);
  await reach(page, locator);
  const kind = await page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLInputElement)) return "enter";
    if (element.type === "radio") return element.checked ? "none" : "space";
    return element.type === "checkbox" ? "space" : "enter";
  });
  if (kind !== "none") await page.keyboard.press(kind === "space" ? "Space" : "Enter");
}

/** From now on the page's locators use the keyboard where they would use the mouse. */
export function withoutMouse(page: Page) {
  const of = Object.getPrototypeOf(page.locator("body")) as Locator;
  of.click = function (this: Locator, options?: Options) {
    return press(this, options);
  };
  of.check = async function (this: Locator, options?: Options) {
    if (!(await this.isChecked())) await press(this, options);
  };
}
