// As much of a browser as the modules under test ask for.

export function stubPage({ cookie = "csrftoken=secret", isPublic = false, elements = {} } = {}) {
  const page = new EventTarget();
  Object.assign(page, {
    cookie,
    visibilityState: "visible",
    documentElement: { lang: "en", classList: { contains: (name) => isPublic && name === "public" } },
    getElementById: (id) => elements[id] ?? null,
    querySelector: () => null,
    querySelectorAll: () => [],
    createElement: () => new StubTemplate(),
  });
  globalThis.document = page;
  globalThis.window = new EventTarget();
  return page;
}

// A <template> that holds an element when its HTML names it: "[data-x]" is in "<p data-x>".
class StubTemplate {
  set innerHTML(html) {
    this.content = { html, querySelector: (selector) => (html.includes(selector.replace(/[[\]#]/g, "")) ? {} : null) };
  }
}

// What the network does, one after the other: a Response, or an Error that is thrown.
export function stubNetwork(...answers) {
  const requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push({ url, ...options });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return requests;
}

export function json(body, status = 200) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

export function html(text, status = 200) {
  return new Response(text, { status, headers: { "Content-Type": "text/html" } });
}

export function redirected() {
  return Object.defineProperty(html("<h1>Log in</h1>"), "redirected", { value: true });
}

export class StubStorage extends Map {
  getItem(name) {
    return this.get(name) ?? null;
  }

  setItem(name, value) {
    this.set(name, value);
  }
}
