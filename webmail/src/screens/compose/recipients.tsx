// A line of recipients: chips, suggestions from history and contacts, paste of many.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { call, session } from "../../jmap/client";
import { t } from "../../i18n";
import { Icon } from "../../ui/controls";
import { isAddress, parseAddresses, type Address } from "./address";

const OWN = "urn:pillarbox:jmap:recipients";
const PAUSE = 100;

interface Props {
  label: string;
  list: Address[];
  onChange: (list: Address[]) => void;
  autoFocus?: boolean;
}

async function suggest(text: string): Promise<Address[]> {
  if (!session.value?.capabilities[OWN]) return [];
  const answer = await call<{ list: Address[] }>("Recipient/query", { text, limit: 8 });
  return answer.list;
}

export function Recipients({ label, list, onChange, autoFocus }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [found, setFound] = useState<Address[]>([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (text.trim().length < 1) return setFound([]);
    let gone = false;
    const timer = setTimeout(() => {
      suggest(text.trim()).then((some) => {
        if (gone) return;
        setFound(some.filter((one) => !list.some((other) => other.email.toLowerCase() === one.email.toLowerCase())));
        setAt(0);
      }).catch(() => {});
    }, PAUSE);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [text]);
  useEffect(() => {
    if (autoFocus) input.current?.focus();
  }, []);

  const add = (some: Address[]) => {
    const known = new Set(list.map((one) => one.email.toLowerCase()));
    onChange([...list, ...some.filter((one) => !known.has(one.email.toLowerCase()))]);
    setText("");
    setFound([]);
  };
  const take = () => {
    if (text.trim()) add(parseAddresses(text));
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) setAt((at + step + found.length) % found.length);
    else if ((event.key === "Enter" || event.key === "Tab") && found[at] && text.trim()) add([found[at] as Address]);
    else if ((event.key === "Enter" || event.key === "," || event.key === ";") && text.trim()) take();
    else if (event.key === "Backspace" && !text && list.length) onChange(list.slice(0, -1));
    else if (event.key === "Escape" && found.length) setFound([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="recipients-line">
      <label for={id}>{label}</label>
      <ul class="recipients-chips" onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
        {list.map((one, index) => (
          <li key={one.email} class="recipient" data-wrong={!isAddress(one.email) || undefined}>
            <span dir="auto" title={one.email}>{one.name || one.email}</span>
            {!isAddress(one.email) && <span class="only-read"> {t("compose.wrongAddress")}</span>}
            <button type="button" aria-label={t("compose.remove", { name: one.name || one.email })} onClick={() => onChange(list.filter((_, other) => other !== index))}><Icon name="close" size={14} /></button>
          </li>
        ))}
        <li class="recipient-input">
          <input
            id={id} ref={input} value={text} autocomplete="off" autocapitalize="none" spellcheck={false} role="combobox" aria-expanded={found.length > 0} aria-controls={`${id}-list`} aria-autocomplete="list" aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
            onInput={(event) => setText(event.currentTarget.value)} onKeyDown={keys} onBlur={() => setTimeout(take, 150)}
            onPaste={(event) => {
              const pasted = event.clipboardData?.getData("text") ?? "";
              if (!/[,;\n@]/.test(pasted)) return;
              event.preventDefault();
              add(parseAddresses(pasted));
            }}
          />
        </li>
      </ul>
      {found.length > 0 && (
        <ul class="suggestions" id={`${id}-list`} role="listbox" aria-label={label}>
          {found.map((one, index) => (
            <li key={one.email} id={`${id}-${index}`} role="option" aria-selected={index === at} onPointerDown={(event) => { event.preventDefault(); add([{ name: one.name, email: one.email }]); }}>
              <strong dir="auto">{one.name || one.email}</strong>{one.name && <span>{one.email}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
