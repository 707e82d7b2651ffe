// Who is signed in.
import { computed } from "@preact/signals";
import { session } from "../jmap/client";

export const address = computed(() => session.value?.username ?? "");

export function isMe(email: string | undefined): boolean {
  return (email ?? "").toLowerCase() === address.value.toLowerCase();
}
