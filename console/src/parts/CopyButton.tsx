import { useEffect, useState } from "react";
import { words } from "../words";
import { Button } from "./Button";

/** Copies a text. */
export function CopyButton({
  text,
  label = words.copy,
  iconOnly,
  onCopied,
}: {
  text: string;
  label?: string;
  iconOnly?: boolean;
  onCopied?: () => void;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    onCopied?.();
  };
  return (
    <>
      <Button small icon={copied ? "check" : "copy"} iconOnly={iconOnly} onClick={() => void copy()}>
        {copied ? words.copied : label}
      </Button>
      <span role="status" className="hidden-text">
        {copied ? words.copied : ""}
      </span>
    </>
  );
}
