// Looking at pages: in both themes at three widths, nothing that axe finds, and nothing wider than the window.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectAccessible, picture, settled, type Watched, type World } from "./world";

/** A page, by its address; what is opened on it before it is looked at. */
export type Look = {
  name: string;
  address: () => string;
  open?: (page: Page) => Promise<void>;
  /** Whether it is a page without the frame of the others, which scrolls as a whole. */
  bare?: boolean;
};

type View = { theme: "light" | "dark"; width: number };

const ALL: View[] = (["light", "dark"] as const).flatMap((theme) =>
  [360, 1024, 1920].map((width) => ({ theme, width })),
);
/** How a page is looked at. All views of all pages take minutes: with WALK_QUICK=1 there are two of each page, and every
 *  page is seen in both themes, narrow and wide. */
const VIEWS: View[] = process.env.WALK_QUICK
  ? [
      { theme: "light", width: 1920 },
      { theme: "dark", width: 360 },
    ]
  : process.env.WALK_SCREENSHOTS
    ? [390, 1440].map((width) => ({ theme: "light", width }))
    : ALL;

/** Opens a page in each view, and fails if something is wrong with it. */
export async function lookAt({ name, address, open, bare }: Look, world: World, { page, faults }: Watched) {
  for (const { theme, width } of VIEWS) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(world.console + address());
    if (bare) {
      // An address that differs only after its # is no new page.
      await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
    } else await settled(page);
    await open?.(page);
    await picture(page, `${name}-${width}`);
    const over = await page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return { wide: scrollWidth > clientWidth, tall: scrollHeight > clientHeight };
    });
    expect(over.wide, `${name} is wider than the window at ${width}`).toBe(false);
    // Only what is within the frame scrolls.
    if (!bare) expect(over.tall, `${name} is taller than the window at ${width}`).toBe(false);
    await expectAccessible(page, `${name}, ${theme}, ${width}`);
  }
  expect(await page.title()).not.toBe("pwned");
  expect(faults).toEqual([]);
}
