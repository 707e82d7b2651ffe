// The service worker. Without a cache it only lets the browser install the page.
export {};
