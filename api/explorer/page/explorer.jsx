// The page at /explorer: asks for a key, then shows GraphiQL against /graphql of the same origin.
// The key and the tabs live in sessionStorage: closing the tab forgets both.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import "./explorer.css";

const KEY = "rapport:key";
const ENDPOINT = new URL("/graphql", location.href);
const SOCKET = new URL(ENDPOINT);
SOCKET.protocol = ENDPOINT.protocol === "https:" ? "wss:" : "ws:";

const FIRST_QUESTION = `# Ask with Ctrl-Enter. The docs are behind the book on the left.
{
  customers(first: 10) {
    edges {
      node {
        id
        lifecycleStage
        valueTier
      }
    }
  }
}
`;

const bearer = (key) => ({ Authorization: `Bearer ${key}` });

// What the door answers to the smallest question, in words; null when it lets the key in.
async function refusal(key) {
  try {
    const answer = await fetch(ENDPOINT, {
      method: "POST",
      headers: { ...bearer(key), "Content-Type": "application/json", Accept: "application/graphql-response+json" },
      body: JSON.stringify({ query: "{__typename}" }),
    });
    if (answer.ok) return null;
    if (answer.status === 401 || answer.status === 403) return "This key is not accepted: unknown, expired or revoked.";
    return `The server answered ${answer.status}. Try again in a moment.`;
  } catch {
    return "The server does not answer. Is it running?";
  }
}

function Gate({ onKey }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    // Header values are bytes: anything else would fail inside fetch with a puzzling message.
    if (!/^[\x21-\x7e]+$/.test(key.trim())) return setProblem("A key is one word of plain letters, starting with rap_.");
    const said = await refusal(key.trim());
    if (said) return setProblem(said);
    onKey(key.trim());
  };
  return (
    <form className="gate" onSubmit={submit}>
      <h1>Rapport</h1>
      <label htmlFor="key">API key</label>
      <input id="key" type="password" autoComplete="off" spellCheck={false} autoFocus placeholder="rap_…"
             value={key} onChange={(event) => setKey(event.target.value)} />
      <button type="submit">Open the explorer</button>
      <p role="alert">{problem}</p>
      <p className="hint">The key stays in this tab and is forgotten when it closes. <code>rapport key create</code> makes one.</p>
    </form>
  );
}

// The editor tells the fetcher what it parsed a moment ago; a subscription run at once would go out as a plain request.
function fetcherWith(key) {
  const send = createGraphiQLFetcher({
    url: ENDPOINT.href,
    headers: bearer(key),
    wsClient: createClient({ url: SOCKET.href, connectionParams: bearer(key), lazy: true }),
  });
  return (params, options) => send(params, { ...options, documentAST: parsed(params.query) });
}

function parsed(query) {
  try {
    return parse(query);
  } catch {
    return undefined; // The server says what is wrong with it.
  }
}

// GraphiQL writes its tabs a little later than they change; once closed, what comes late is not kept.
function storageOfSession() {
  let open = true;
  return {
    get length() { return sessionStorage.length; },
    getItem: (name) => sessionStorage.getItem(name),
    setItem: (name, text) => { if (open) sessionStorage.setItem(name, text); },
    removeItem: (name) => sessionStorage.removeItem(name),
    clear: () => sessionStorage.clear(),
    close: () => { open = false; sessionStorage.clear(); },
  };
}

function Explorer({ apiKey, onLeave }) {
  const fetcher = useMemo(() => fetcherWith(apiKey), [apiKey]);
  const storage = useMemo(storageOfSession, [apiKey]);
  return (
    <GraphiQL fetcher={fetcher} storage={storage} defaultQuery={FIRST_QUESTION} defaultEditorToolsVisibility="variables"
              isHeadersEditorEnabled={false}>
      <GraphiQL.Logo>
        <button type="button" className="leave" onClick={() => onLeave(storage)}>Forget the key</button>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

function Page() {
  const [key, setKey] = useState(() => sessionStorage.getItem(KEY));
  const enter = (given) => { sessionStorage.setItem(KEY, given); setKey(given); };
  // Everything of the session goes, not only the key: tabs may hold what was asked about people.
  const leave = (storage) => { storage.close(); setKey(null); };
  return key ? <Explorer apiKey={key} onLeave={leave} /> : <Gate onKey={enter} />;
}

createRoot(document.getElementById("explorer")).render(<Page />);
