/** How answers are kept and questions are tried again. */
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client";

const TRIES = 2;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      networkMode: "always",
      refetchOnWindowFocus: true,
      retry: (tried, error) => error instanceof ApiError && error.passing && tried < TRIES,
    },
    mutations: { networkMode: "always" },
  },
});
