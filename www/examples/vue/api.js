import { useSession } from "otrs-auth/vue";
import { ref } from "vue";

/** What the service desk answers, once it is there. What goes wrong is shown by the app. */
export function useAnswer(path) {
  const { fetch, error } = useSession();
  const answer = ref(null);
  async function load() {
    const response = await fetch(path, { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(`The service desk answered with status ${response.status}.`);
    answer.value = await response.json();
  }
  load().catch((problem) => (error.value = problem));
  return answer;
}
