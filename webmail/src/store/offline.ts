// What is kept for times without a connection.

/** Fill the stores from what is kept; false if nothing is. */
export async function bootOffline(): Promise<boolean> {
  return false;
}
