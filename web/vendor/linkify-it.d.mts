export * from "linkify-it";
