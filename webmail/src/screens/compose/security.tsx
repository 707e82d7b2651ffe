// How well a message would be protected on its way, said before it is sent.
import { useEffect, useState } from "preact/hooks";
import { call, session } from "../../jmap/client";
import { language, t } from "../../i18n";
import type { RecipientSecurity } from "../../jmap/types";
import { Icon } from "../../ui/controls";
import { isAddress, type Address } from "./address";

const OWN = "urn:pillarbox:jmap:trace";
const STRENGTH = { local: 4, dane: 3, "mta-sts": 3, tls: 2, unknown: 1, none: 0 } as const;

export function Security({ recipients }: { recipients: Address[] }) {
  const [list, setList] = useState<RecipientSecurity[]>([]);
  const [open, setOpen] = useState(false);
  const wanted = recipients.map((one) => one.email).filter(isAddress).slice(0, 50);
  const key = wanted.join();
  useEffect(() => {
    if (!key || !session.value?.capabilities[OWN]) return setList([]);
    let gone = false;
    const timer = setTimeout(() => {
      call<{ list: RecipientSecurity[] }>("RecipientSecurity/get", { addresses: wanted, language: language.value })
        .then((answer) => !gone && setList(answer.list))
        .catch(() => {});
    }, 300);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [key, language.value]);
  if (!list.length) return null;
  const weakest = list.reduce((worst, one) => (one.problem || (!worst.problem && STRENGTH[one.level] < STRENGTH[worst.level]) ? one : worst));
  const text = list.length === 1 || weakest.problem ? weakest.sentence : t(`compose.security.${weakest.level}`);
  return (
    <div class="security" data-level={weakest.problem ? "problem" : weakest.level}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}><Icon name={weakest.problem ? "info" : "lock"} size={16} /> <span role="status">{text}</span></button>
      {open && list.length > 1 && <ul>{list.map((one) => <li key={one.address}><bdi>{one.address}</bdi>: {one.sentence}</li>)}</ul>}
    </div>
  );
}
