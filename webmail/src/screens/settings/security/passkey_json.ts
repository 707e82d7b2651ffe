// Passkeys as JSON (WebAuthn level 3, §5.1): octets are base64url.
import { auth } from "../../../jmap/client";

export function supported(): boolean {
  return typeof PublicKeyCredential !== "undefined" && Boolean(navigator.credentials);
}

export function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
}

export function textOf(octets: ArrayBuffer | null): string {
  if (!octets) return "";
  let text = "";
  for (const octet of new Uint8Array(octets)) text += String.fromCharCode(octet);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const known = (list: { id: string }[] = []) => list.map((one) => ({ ...one, id: octetsOf(one.id) })) as unknown as PublicKeyCredentialDescriptor[];

/** Make a passkey on this device for the account that is signed in. */
export async function add(name: string): Promise<void> {
  const { ticket, publicKey } = await auth("passkeys/options", {});
  const made = (await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: octetsOf(publicKey.challenge),
      user: { ...publicKey.user, id: octetsOf(publicKey.user.id) },
      excludeCredentials: known(publicKey.excludeCredentials),
    },
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  const credential = {
    id: made.id,
    rawId: textOf(made.rawId),
    type: made.type,
    clientExtensionResults: made.getClientExtensionResults(),
    authenticatorAttachment: made.authenticatorAttachment,
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
  await auth("passkeys/register", { ticket, name, credential });
}

/** Show with a passkey that the person is there. */
export async function prove(): Promise<void> {
  const { ticket, publicKey } = await auth("confirm/passkey-options", {});
  const shown = (await navigator.credentials.get({
    publicKey: { ...publicKey, challenge: octetsOf(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials) },
  })) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  const credential = {
    id: shown.id,
    rawId: textOf(shown.rawId),
    type: shown.type,
    clientExtensionResults: shown.getClientExtensionResults(),
    authenticatorAttachment: shown.authenticatorAttachment,
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      authenticatorData: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      userHandle: response.userHandle ? textOf(response.userHandle) : null,
    },
  };
  await auth("confirm/passkey", { ticket, credential });
}
