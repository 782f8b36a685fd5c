import { useId, useRef, type ReactNode, type KeyboardEvent } from "react";
import { Button } from "./Button";
import type { IconName } from "./Icon";
import style from "./Menu.module.css";

type MenuProps = {
  /** What the button says. */
  label: string;
  icon?: IconName;
  iconOnly?: boolean;
  small?: boolean;
  kind?: "plain";
  /** What the button shows, if that is more than the label. */
  face?: ReactNode;
  className?: string;
  children: ReactNode;
};

/** Puts the panel below its button, or above it where there is more room, within the window. */
function place(button: HTMLElement, panel: HTMLElement) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = at.bottom + 4;
  const top = below + height <= innerHeight - 8 ? below : Math.max(8, at.top - height - 4);
  panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  panel.style.top = `${top}px`;
}

/** A button that opens a panel of buttons, links or boxes. Arrow keys go through them. */
export function Menu({ label, icon, iconOnly, small, kind, face, className, children }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const items = [...(panel.current?.querySelectorAll<HTMLElement>("a, button, input, select") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = items.at((at + (event.key === "ArrowDown" ? 1 : -1)) % items.length);
    if (document.activeElement instanceof HTMLSelectElement) return;
    event.preventDefault();
    next?.focus();
  };
  return (
    <>
      <Button
        ref={button}
        icon={icon}
        iconOnly={iconOnly}
        small={small}
        kind={kind}
        className={className}
        popoverTarget={id}
      >
        {face ?? label}
      </Button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="group"
        aria-label={label}
        className={style.panel}
        onToggle={(event) => {
          if (event.newState !== "open" || !button.current || !panel.current) return;
          place(button.current, panel.current);
          panel.current.querySelector<HTMLElement>("a, button, input, select")?.focus();
        }}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          if ((event.target as HTMLElement).closest("[data-closes]")) panel.current?.hidePopover();
        }}
      >
        {children}
      </div>
    </>
  );
}

/** The class of the buttons and links in a menu. Give them `data-closes` if they close it. */
export const menuItem = style.item;
