// Drives the local Discord with discord.js: does what a bot does, and answers what members do.
//
//   node drive.mjs FOLDER     FOLDER is where discord.js is installed; the rest comes as one JSON line on stdin:
//                             {"api", "token", "guild", "channel", "forum", "news"}
//
// Each line on stdout is one JSON value: what was done or seen. Ends when stdin does.

import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const discord = createRequire(join(process.argv[2], "package.json"))("discord.js");
const { Client, Events, GatewayIntentBits, MessageFlags } = discord;

const tell = (step, value) => process.stdout.write(`${JSON.stringify({ step, ...value })}\n`);
const codeOf = (promise) => promise.then(() => "no error", (error) => error.code);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const world = JSON.parse((await lines.next()).value);

const client = new Client({
  intents: [GatewayIntentBits.Guilds],
  rest: { api: world.api, retries: 0 },
  allowedMentions: { parse: [] },
});
// Whatever goes wrong in an answer ends up here, too.
client.on(Events.Error, (error) => {
  console.error(error);
  process.exit(1);
});
client.on(Events.GuildCreate, (guild) => tell("guild create", { name: guild.name, channels: guild.channels.cache.size }));
client.on(Events.GuildDelete, (guild) => tell("guild delete", { name: guild.name }));
client.on(Events.ChannelUpdate, (_, channel) => tell("channel update", { slow: channel.rateLimitPerUser }));
client.on(Events.ThreadDelete, (thread) => tell("thread delete", { id: thread.id }));

const button = (id, label) => ({ type: 2, style: 1, custom_id: id, label });
const menu = { type: 3, custom_id: "pick", options: [{ label: "One", value: "one" }, { label: "Two", value: "two" }] };
const form = {
  title: "Dispute",
  custom_id: "dispute",
  components: [{ type: 1, components: [{ type: 4, style: 2, custom_id: "why", label: "What is wrong?" }] }],
};

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond([{ name: `${typed} bikes`, value: "city-bikes" }]);
  } else if (interaction.isChatInputCommand() && interaction.commandName === "ask") {
    const topic = interaction.options.getString("topic");
    const where = interaction.inGuild() ? interaction.guild.name : "alone";
    await interaction.reply({ content: `${topic}, ${where}`, flags: MessageFlags.Ephemeral });
    await interaction.followUp({ content: "and more" });
  } else if (interaction.isChatInputCommand()) {
    await interaction.deferReply();
    await interaction.editReply({
      content: "it took a while",
      components: [{ type: 1, components: [button("again", "Again"), button("form", "Form")] }, { type: 1, components: [menu] }],
    });
  } else if (interaction.isButton() && interaction.customId === "again") {
    await interaction.update({ content: "again" });
  } else if (interaction.isButton()) {
    await interaction.showModal(form);
  } else if (interaction.isStringSelectMenu()) {
    await interaction.deferUpdate();
    await interaction.editReply({ content: `picked ${interaction.values.join()}` });
  } else if (interaction.isModalSubmit()) {
    await interaction.reply({ content: interaction.fields.getTextInputValue("why"), flags: MessageFlags.Ephemeral });
  }
});

const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
await client.login(world.token);
await ready;
const guild = client.guilds.cache.get(world.guild);
tell("ready", { bot: client.user.username, guild: guild.name, channels: guild.channels.cache.size });

const topic = { type: 3, name: "topic", description: "Which topic", required: true, autocomplete: true };
const commands = await client.application.commands.set([
  { name: "ask", description: "Asks", options: [topic] },
  { name: "slow", description: "Takes a while", defaultMemberPermissions: "32" },
]);
tell("commands", { names: commands.map((command) => command.name).sort() });

const channel = guild.channels.cache.get(world.channel);
const embed = { title: "A story", description: "Of bikes", image: { url: "attachment://card.txt" } };
const sent = await channel.send({
  content: "hello",
  embeds: [embed],
  files: [{ attachment: Buffer.from("not a picture"), name: "card.txt", description: "A card" }],
  nonce: "7",
  enforceNonce: true,
});
const twin = await channel.send({ content: "hello", nonce: "7", enforceNonce: true });
tell("sent", { id: sent.id, once: sent.id === twin.id, embeds: sent.embeds.length, image: sent.embeds[0].image.url });

const edited = await sent.edit({ content: "hello again" });
tell("edited", { content: edited.content, edited: edited.editedTimestamp !== null, embeds: edited.embeds.length });

const thread = await sent.startThread({ name: "Sections" });
const inside = await thread.send("first section");
await thread.setArchived(true);
await thread.send("this opens it");
const opened = await client.channels.fetch(thread.id, { force: true });
tell("thread", { id: thread.id, parent: thread.parentId, inside: inside.channelId, archived: opened.archived });

const forum = guild.channels.cache.get(world.forum);
const tag = forum.availableTags.find(({ name }) => name === "bikes");
const post = await forum.threads.create({ name: "A post", message: { content: "first" }, appliedTags: [tag.id] });
const starter = await post.fetchStarterMessage();
tell("post", { id: post.id, tags: post.appliedTags.length, starter: starter.content });

const news = guild.channels.cache.get(world.news);
const bulletin = await (await news.send("for everyone")).crosspost();
await bulletin.fetch();
tell("crosspost", { crossposted: bulletin.flags.has(MessageFlags.Crossposted) });

const read = await channel.messages.fetch({ limit: 10 });
const active = await guild.channels.fetchActiveThreads();
tell("read", { contents: read.map((message) => message.content), threads: active.threads.size });

tell("codes", {
  unknownChannel: await codeOf(client.channels.fetch("1")),
  unknownMessage: await codeOf(channel.messages.fetch("1")),
  empty: await codeOf(channel.send({ content: "" })),
  long: await codeOf(channel.send({ content: "x".repeat(2001) })),
  intoForum: await codeOf(client.rest.post(`/channels/${forum.id}/messages`, { body: { content: "x" } })),
  secondThread: await codeOf(client.rest.post(`/channels/${channel.id}/messages/${sent.id}/threads`, { body: { name: "Again" } })),
  crosspostTwice: await codeOf(bulletin.crosspost()),
});

// From here on it answers members.
for await (const line of lines) tell("heard", { line });
await client.destroy();
