// One row of a list: sender, subject, what it begins with.
import { memo } from "./memo";
import { longDate, shortDate, t } from "../../i18n";
import { star } from "../../store/actions";
import { email, type Row as Data } from "../../store/emails";
import { cursor, selection } from "../../store/lists";
import { preferences } from "../../store/preferences";
import { Chip, Icon } from "../../ui/controls";
import { DRAGGED } from "../../shell/sidebar";

interface Props {
  id: string | undefined;
  index: number;
  top: number;
  sent: boolean;
  open: boolean;
  onOpen: (id: string) => void;
  onSelect: (id: string, index: number, range: boolean) => void;
}

function names(row: Data, sent: boolean): string {
  const list = (sent ? row.to : row.from) ?? [];
  const text = list.map((one) => one.name || one.email).join(", ");
  if (sent) return t("list.to", { names: text || t("list.toNobody") });
  return text || t("list.noSender");
}

export const ListRow = memo(function ListRow({ id, index, top, sent, open, onOpen, onSelect }: Props) {
  const row = id ? email(id).value : undefined;
  const style = { transform: `translateY(${top}px)` };
  if (!id || !row) return <div class="row blank" role="row" aria-rowindex={index + 1} style={style}><span role="gridcell" class="blank-line" /></div>;
  const seen = Boolean(row.keywords.$seen);
  const chosen = selection.value.has(id);
  const isCursor = cursor.value === id;
  const labels = preferences.value.labels.filter((one) => row.keywords[one.keyword]);
  const verdict = row.senderVerdict;
  return (
    <div
      class="row" role="row" id={`row-${id}`} aria-rowindex={index + 1} aria-selected={chosen} tabIndex={isCursor ? 0 : -1} style={style}
      data-unread={seen ? undefined : ""} data-chosen={chosen || undefined} data-open={open || undefined} data-cursor={isCursor || undefined} draggable
      onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, JSON.stringify(chosen ? [...selection.value] : [id]))}
      onClick={(event) => {
        if (event.shiftKey || event.ctrlKey || event.metaKey) onSelect(id, index, event.shiftKey);
        else onOpen(id);
      }}
    >
      <span class="row-check" role="gridcell">
        <input type="checkbox" tabIndex={-1} aria-label={t("list.choose")} checked={chosen} onClick={(event) => { event.stopPropagation(); onSelect(id, index, event.shiftKey); }} />
      </span>
      <span class="row-star" role="gridcell">
        <button type="button" tabIndex={-1} aria-pressed={Boolean(row.keywords.$flagged)} aria-label={t("list.star")} onClick={(event) => { event.stopPropagation(); void star([id], !row.keywords.$flagged); }}>
          <Icon name="star" size={18} filled={Boolean(row.keywords.$flagged)} />
        </button>
      </span>
      <span class="row-from" role="gridcell" dir="auto">
        {!seen && <span class="only-read">{t("list.unreadMark")} </span>}
        <bdi>{names(row, sent)}</bdi>
        {row.keywords.$draft && <em class="draft"> {t("list.draft")}</em>}
      </span>
      <span class="row-text" role="gridcell">
        {labels.map((one) => <Chip key={one.keyword} color={one.color}>{one.name}</Chip>)}
        {verdict && (verdict.tone === "bad" || verdict.tone === "doubt") && <span class={`row-verdict ${verdict.tone}`}><Icon name="info" size={14} />{verdict.line || verdict.headline}</span>}
        <span class="row-subject" dir="auto">{row.subject || t("list.noSubject")}</span>
        {preferences.value.previews && <span class="row-preview" dir="auto">{row.preview}</span>}
      </span>
      <span class="row-date" role="gridcell">
        {row.hasAttachment && <><Icon name="attachment" size={15} /><span class="only-read">{t("list.attachment")}</span></>}
        {row.snoozed ? <span class="until">{t("list.until", { when: shortDate(row.snoozed.until) })}</span> : <time dateTime={row.receivedAt} title={longDate(row.receivedAt)}>{shortDate(row.receivedAt)}</time>}
      </span>
    </div>
  );
});
