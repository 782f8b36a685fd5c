import { keepPreviousData, useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useEffect, useState, type ReactNode } from "react";
import type { AnswerOf } from "../../api/request";
import { queryOf } from "../../api/queries";
import { ErrorText, Loading, Notice } from "../../parts/States";
import { words } from "../../words/keys";
import style from "./KeyForm.module.css";

type Answer = AnswerOf<"keys.explain">;

const text = words.explain;
const KINDS = ["warning", "may", "may_not", "reach", "limit"] as const;

/** A value that follows another a moment after it last changed. */
export function useSettled<Value>(value: Value, key: string, pause = 300): Value {
  const [settled, setSettled] = useState({ value, key });
  useEffect(() => {
    if (settled.key === key) return;
    const timer = setTimeout(() => setSettled({ value, key }), pause);
    return () => clearTimeout(timer);
  }, [value, key, settled.key, pause]);
  return settled.value;
}

/** A sentence in which what stands between backticks is drawn as code. */
function withCode(sentence: string): ReactNode {
  return sentence
    .split("`")
    .map((piece, index) => (index % 2 === 1 ? <code key={`${index} ${piece}`}>{piece}</code> : piece));
}

type ExplanationProps = {
  /** The members of the key that grant or narrow, as in `keys.create`. */
  body: Record<string, unknown>;
};

/** What a key will be able to do, in sentences that the server writes while one edits. */
export function Explanation({ body }: ExplanationProps) {
  const settled = useSettled(body, JSON.stringify(body));
  const answer = useQuery({
    ...queryOf("keys.explain", { body: settled } as never),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const explanation = answer.data as Answer | undefined;
  if (answer.error && !explanation) {
    return (
      <Notice kind="warn">
        <ErrorText error={answer.error} />
      </Notice>
    );
  }
  if (!explanation) return <Loading lines={4} />;
  return (
    <div className={clsx(style.stack, answer.isPlaceholderData && style.old)} aria-live="polite">
      <p className={style.soft}>
        {explanation.operations > 0 ? text.operations(explanation.operations) : text.nothing}
      </p>
      {KINDS.map((kind) => {
        const sentences = explanation.sentences.filter((sentence) => sentence.kind === kind);
        if (sentences.length === 0) return null;
        return (
          <div key={kind} className={style.stack}>
            <h3 className={style.sideTitle}>{text[kind]}</h3>
            <ul className={style.sentences} data-kind={kind}>
              {sentences.map((sentence) => (
                <li key={sentence.text}>{withCode(sentence.text)}</li>
              ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}
