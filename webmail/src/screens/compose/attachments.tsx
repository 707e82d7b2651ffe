// What goes along: files with their sizes, and those on their way up.
import { octets, t } from "../../i18n";
import { Icon, IconButton } from "../../ui/controls";
import type { Writer } from "./writer";

export function Attachments({ writer }: { writer: Writer }) {
  const list = writer.draft.value.attachments.filter((one) => !one.cid);
  const uploads = writer.uploads.value;
  if (!list.length && !uploads.length) return null;
  const remove = (blobId: string, name: string) => {
    const { attachments } = writer.draft.value;
    const at = attachments.findIndex((one) => one.blobId === blobId && one.name === name);
    writer.change({ attachments: attachments.filter((_, index) => index !== at) });
  };
  return (
    <ul class="compose-files" aria-label={t("compose.files")}>
      {list.map((one) => (
        <li key={one.blobId + one.name}>
          <Icon name="attachment" size={16} /><span class="name" dir="auto" title={one.name}>{one.name || t("reading.unnamed")}</span><span class="hint">{octets(one.size)}</span>
          <IconButton icon="close" label={t("compose.remove", { name: one.name })} onClick={() => remove(one.blobId, one.name)} />
        </li>
      ))}
      {uploads.map((one) => (
        <li key={one.key} data-problem={one.problem ? "" : undefined}>
          <Icon name="upload" size={16} /><span class="name" dir="auto">{one.name}</span>
          {one.problem ? <span class="problem" role="alert">{one.problem}</span> : <progress max={1} value={one.share} aria-label={t("compose.uploadOf", { name: one.name })} />}
          <IconButton icon="close" label={t("compose.stop", { name: one.name })} onClick={one.stop} />
        </li>
      ))}
    </ul>
  );
}
