// Filled in by the screen's own modules.
export default function Screen() {
  return null;
}
