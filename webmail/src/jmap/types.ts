// Made by `make docs` from pillarbox.jmap.types: change it there.

/** An address (RFC 8621 §4.1.2.3). email: as written; need not be a valid address. */
export interface EmailAddress {
  name: string | null;
  email: string;
}

/** A group of addresses (RFC 8621 §4.1.2.4). name: None where addresses stand in no group. */
export interface EmailAddressGroup {
  name: string | null;
  addresses: EmailAddress[];
}

/** A header field (RFC 8621 §4.1.3). value: in the Raw form. */
export interface EmailHeader {
  name: string;
  value: string;
}

/** A MIME part (RFC 8621 §4.1.4). */
export interface EmailBodyPart {
  partId: string | null;
  blobId: string | null;
  size: number;
  headers: EmailHeader[];
  name: string | null;
  type: string;
  charset: string | null;
  disposition: string | null;
  cid: string | null;
  language: string[] | null;
  location: string | null;
  subParts: EmailBodyPart[] | null;
}

/** The text of a part (RFC 8621 §4.1.4). value: line ends are LF. */
export interface EmailBodyValue {
  value: string;
  isEncodingProblem: boolean;
  isTruncated: boolean;
}

/** A message (RFC 8621 §4.1). */
export interface Email {
  id: string;
  blobId: string;
  threadId: string;
  mailboxIds: Record<string, boolean>;
  keywords: Record<string, boolean>;
  size: number;
  receivedAt: string;
  messageId: string[] | null;
  inReplyTo: string[] | null;
  references: string[] | null;
  sender: EmailAddress[] | null;
  from: EmailAddress[] | null;
  to: EmailAddress[] | null;
  cc: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  replyTo: EmailAddress[] | null;
  subject: string | null;
  sentAt: string | null;
  headers: EmailHeader[];
  hasAttachment: boolean;
  preview: string;
  bodyStructure: EmailBodyPart;
  bodyValues: Record<string, EmailBodyValue>;
  textBody: EmailBodyPart[];
  htmlBody: EmailBodyPart[];
  attachments: EmailBodyPart[];
}

/** Why a search found an email (RFC 8621 §5). HTML with <mark>, or None where nothing fits. */
export interface SearchSnippet {
  emailId: string;
  subject: string | null;
  preview: string | null;
}

/** What Email/import takes for one message (RFC 8621 §4.8). received_at: None for now. */
export interface EmailImport {
  blobId: string;
  mailboxIds: Record<string, boolean>;
  keywords: Record<string, boolean>;
  receivedAt: string | null;
}

/** What the visitor may do with a mailbox (RFC 8621 §2). */
export interface MailboxRights {
  mayReadItems: boolean;
  mayAddItems: boolean;
  mayRemoveItems: boolean;
  maySetSeen: boolean;
  maySetKeywords: boolean;
  mayCreateChild: boolean;
  mayRename: boolean;
  mayDelete: boolean;
  maySubmit: boolean;
}

/** A named set of emails. */
export interface Mailbox {
  id: string;
  name: string;
  parentId: string | null;
  role: string | null;
  sortOrder: number;
  totalEmails: number;
  unreadEmails: number;
  totalThreads: number;
  unreadThreads: number;
  myRights: MailboxRights;
  isSubscribed: boolean;
}

/** What became of a message, and who said so (RFC 8098 §3.2.6). */
export interface Disposition {
  actionMode: "manual-action" | "automatic-action";
  sendingMode: "mdn-sent-manually" | "mdn-sent-automatically";
  type: "deleted" | "dispatched" | "displayed" | "processed";
}

/** A notification. for_email_id: what it is about, null if that is not here. */
export interface MDN {
  disposition: Disposition;
  forEmailId: string | null;
  subject: string | null;
  textBody: string | null;
  includeOriginalMessage: boolean;
  reportingUA: string | null;
  mdnGateway: string | null;
  originalRecipient: string | null;
  finalRecipient: string | null;
  originalMessageId: string | null;
  error: string[] | null;
  extensionFields: Record<string, string> | null;
}

/** on: single keys do something. map: command -> keys, only where it is not the usual. */
export interface Keyboard {
  on: boolean;
  map: Record<string, string>;
}

/** mode: what to do with remote images. senders: of whom they are always shown. */
export interface RemoteContent {
  mode: "ask" | "never" | "always";
  senders: string[];
}

/** A keyword with a name and a colour. hidden: not in the list beside the mail. */
export interface Label {
  keyword: string;
  name: string;
  color: string;
  hidden: boolean;
}

/** A search to be made again. query: as it is typed. */
export interface SavedSearch {
  name: string;
  query: string;
}

/** When "later" is, in hours of the person's own day. */
export interface SnoozeHours {
  morning: number;
  afternoon: number;
  evening: number;
  weekend: "friday" | "saturday" | "sunday";
}

/** All of them; the only object has the id "singleton". */
export interface Preferences {
  id: "singleton";
  language: string;
  timeZone: string;
  theme: "system" | "light" | "dark";
  density: "comfortable" | "normal" | "compact";
  textSize: number;
  conversations: boolean;
  readingPane: "right" | "below" | "off";
  previews: boolean;
  undoSeconds: number;
  markSeenSeconds: number;
  afterArchive: "list" | "next" | "previous";
  compose: "rich" | "plain";
  reply: "sender" | "all";
  quote: "below" | "above" | "none";
  defaultIdentityId: string | null;
  forgottenAttachment: boolean;
  keyboard: Keyboard;
  remoteContent: RemoteContent;
  blockedSenders: string[];
  labels: Label[];
  savedSearches: SavedSearch[];
  snoozeHours: SnoozeHours;
  notify: "all" | "proven" | "none";
  offlineMessages: number;
  readReceipts: "ask" | "never";
  own: Record<string, string>;
}

/** Who an account writes as (RFC 8621 §6). may_delete: false for the account's own addresses. */
export interface Identity {
  id: string;
  name: string;
  email: string;
  replyTo: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  textSignature: string;
  htmlSignature: string;
  mayDelete: boolean;
}

/** An address of an envelope (RFC 8621 §7). parameters: of SMTP, by name; null has no value. */
export interface SubmissionAddress {
  email: string;
  parameters: Record<string, string | null> | null;
}

/** How a message travels (RFC 8621 §7). */
export interface SubmissionEnvelope {
  mailFrom: SubmissionAddress;
  rcptTo: SubmissionAddress[];
}

/** What became of a message for one recipient (RFC 8621 §7). */
export interface DeliveryStatus {
  smtpReply: string;
  delivered: "queued" | "yes" | "no" | "unknown";
  displayed: "unknown" | "yes";
}

/** A message that was handed in to be sent (RFC 8621 §7). */
export interface EmailSubmission {
  id: string;
  identityId: string;
  emailId: string;
  threadId: string;
  envelope: SubmissionEnvelope;
  sendAt: string;
  undoStatus: "pending" | "final" | "canceled";
  deliveryStatus: Record<string, DeliveryStatus> | null;
  dsnBlobIds: string[];
  mdnBlobIds: string[];
  traceId: string | null;
}

/** A conversation. email_ids: oldest received first. */
export interface Thread {
  id: string;
  emailIds: string[];
}

/** What a check asked, in words, and what came out. */
export interface TraceQuestion {
  question: string;
  answer: string;
  says: string;
  term: string;
}

/** One thing that was seen, checked, decided or done. */
export interface TraceStep {
  key: string;
  part: "way" | "checks" | "decision" | "delivery" | "other";
  at: string;
  sentence: string;
  explanation: string;
  rfc: string;
  claimed: boolean;
  question: TraceQuestion | null;
  asked: string[];
  params: Record<string, any>;
  evidence: Record<string, any>;
}

/** What became of a message for one recipient, as far as we know. */
export interface TraceRecipient {
  address: string;
  state: "delivered" | "accepted" | "queued" | "held" | "failed" | "";
  sentence: string;
  at: string | null;
  host: string;
  tls: string | null;
  nextAt: string | null;
}

/** A name in or around the message, and who vouches for it. */
export interface TraceClaim {
  kind: "name" | "address" | "returnPath" | "replyTo";
  value: string;
  says: string;
  proven: boolean | null;
}

/** How one message came or went, and why. Others' parts of the story are left out. */
export interface Trace {
  id: string;
  emailId: string | null;
  direction: "in" | "submitted" | "out";
  at: string;
  action: string;
  outcome: string;
  verdict: string;
  title: string;
  mark: string;
  tone: "good" | "unknown" | "doubt" | "bad" | "internal";
  headline: string;
  sentence: string;
  headerLine: string;
  advice: string;
  earlier: string;
  forSender: string;
  clientIp: string;
  helo: string;
  account: string;
  sender: string;
  headerFrom: string;
  messageId: string;
  subject: string;
  size: number;
  recipients: TraceRecipient[];
  claims: TraceClaim[];
  steps: TraceStep[];
}

/** What DNS said when a message came, and says now. None: nobody answered. */
export interface TraceQuestionAgain {
  name: string;
  type: string;
  then: string[] | null;
  now: string[] | null;
  same: boolean;
  sentence: string;
}

/** Who a message is from, for lists (urn:pillarbox:jmap:sender). */
export interface SenderVerdict {
  verdict: string;
  tone: "good" | "unknown" | "doubt" | "bad" | "internal";
  line: string;
  headline: string;
  proven: boolean;
}

/** How well a message to an address would be protected on its way. */
export interface RecipientSecurity {
  address: string;
  domain: string;
  level: "dane" | "mta-sts" | "tls" | "none" | "local" | "unknown";
  problem: "" | "no-such-domain" | "no-mail" | "no-such-mailbox" | "not-an-address";
  sentence: string;
}

/** There is one for each account. from_date, to_date: UTCDate; null for no limit. */
export interface VacationResponse {
  isEnabled: boolean;
  fromDate: string | null;
  toDate: string | null;
  subject: string | null;
  textBody: string | null;
  htmlBody: string | null;
  id: string;
}

/** How to leave a mailing list (RFC 2369, RFC 8058). */
export interface ViewUnsubscribe {
  kind: "oneClick" | "mail" | "page";
  url: string | null;
  to: string | null;
  subject: string | null;
  body: string | null;
}

/** What is attached. type: as its octets are, not as the sender says. size: octets. */
export interface ViewAttachment {
  partId: string;
  blobId: string;
  name: string | null;
  type: string;
  size: number;
  inline: boolean;
  preview: "image" | "text" | "pdf" | null;
  previewUrl: string | null;
}

/** A message as it is shown. */
export interface MessageView {
  emailId: string;
  frameUrl: string | null;
  text: string | null;
  remoteImages: number;
  trackers: number;
  otherRemote: number;
  colours: boolean;
  shownAsText: string;
  unsubscribe: ViewUnsubscribe | null;
  attachments: ViewAttachment[];
}
