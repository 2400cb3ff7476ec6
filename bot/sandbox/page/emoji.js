// Slack's short names for the emoji that bots and people use most; any other name stays as it was written.

const NAMES = `
rocket 🚀 ship 🚢 passenger_ship 🛳️ anchor ⚓ sailboat ⛵ package 📦 construction 🚧 building_construction 🏗️ hammer 🔨
hammer_and_wrench 🛠️ wrench 🔧 gear ⚙️ nut_and_bolt 🔩 test_tube 🧪 microscope 🔬 bug 🐛 lady_beetle 🐞 fire 🔥
fire_engine 🚒 boom 💥 zap ⚡ sparkles ✨ tada 🎉 confetti_ball 🎊 trophy 🏆 medal 🏅 star ⭐ star2 🌟
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_multiplication_x ✖️
warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 rotating_light 🚨 exclamation ❗ heavy_exclamation_mark ❗
grey_exclamation ❕ question ❓ grey_question ❔ bangbang ‼️ interrobang ⁉️ information_source ℹ️
hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ timer_clock ⏲️ alarm_clock ⏰ watch ⌚ clock1 🕐 clock2 🕑 clock3 🕒
clock4 🕓 clock5 🕔 clock6 🕕 clock9 🕘 clock10 🕙 clock12 🕛 calendar 📆 date 📅 spiral_calendar_pad 🗓️
lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑 shield 🛡️ label 🏷️ bookmark 🔖 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍
memo 📝 pencil ✏️ pencil2 ✏️ clipboard 📋 page_facing_up 📄 page_with_curl 📃 scroll 📜 books 📚 newspaper 📰 mag 🔍 mag_right 🔎
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 floppy_disk 💾 computer 💻 desktop_computer 🖥️ satellite 🛰️
satellite_antenna 📡 electric_plug 🔌 battery 🔋 bulb 💡 bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 speech_balloon 💬
thought_balloon 💭 eyes 👀 eye 👁️ robot_face 🤖 bust_in_silhouette 👤 busts_in_silhouette 👥 wave 👋 raised_hand ✋ raised_hands 🙌
clap 👏 pray 🙏 muscle 💪 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 point_right 👉 point_left 👈 point_up ☝️ point_down 👇
red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 large_purple_circle 🟣
white_circle ⚪ black_circle ⚫ large_red_square 🟥 large_orange_square 🟧 large_yellow_square 🟨 large_green_square 🟩 large_blue_square 🟦
white_large_square ⬜ black_large_square ⬛ white_medium_square ◻️ black_medium_square ◼️ small_blue_diamond 🔹 small_orange_diamond 🔸
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_forward ▶️ arrow_backward ◀️ fast_forward ⏩ rewind ⏪
arrow_up_small 🔼 arrow_down_small 🔽 leftwards_arrow_with_hook ↩️ arrow_right_hook ↪️ arrows_counterclockwise 🔄
arrows_clockwise 🔃 repeat 🔁 twisted_rightwards_arrows 🔀 black_square_for_stop ⏹️ double_vertical_bar ⏸️
black_right_pointing_double_triangle_with_vertical_bar ⏭️ black_right_pointing_triangle_with_double_vertical_bar ⏯️
checkered_flag 🏁 triangular_flag_on_post 🚩 waving_white_flag 🏳️ white_flag 🏳️ recycle ♻️ heavy_plus_sign ➕ heavy_minus_sign ➖ new 🆕 ok 🆗 sos 🆘
green_heart 💚 heart ❤️ broken_heart 💔 yellow_heart 💛 blue_heart 💙 skull 💀 ghost 👻 smile 😄 smiley 😃 grinning 😀 joy 😂
slightly_smiling_face 🙂 wink 😉 sunglasses 😎 thinking_face 🤔 sweat_smile 😅 cry 😢 sob 😭 scream 😱 confused 😕 sleeping 😴 zzz 💤
coffee ☕ beer 🍺 pizza 🍕 cake 🍰 seedling 🌱 evergreen_tree 🌲 herb 🌿 sunny ☀️ cloud ☁️ snowflake ❄️ ice_cube 🧊 rainbow 🌈 ocean 🌊
snail 🐌 turtle 🐢 fox_face 🦊 bear 🐻 owl 🦉 lion_face 🦁 butterfly 🦋 bird 🐦 whale 🐳 globe_with_meridians 🌐 earth_africa 🌍 house 🏠
factory 🏭 office 🏢 traffic_light 🚦 vertical_traffic_light 🚦 ladder 🪜 dart 🎯 game_die 🎲 crystal_ball 🔮 broom 🧹 wastebasket 🗑️
ticket 🎫 receipt 🧾 inbox_tray 📥 outbox_tray 📤 file_folder 📁 open_file_folder 📂 card_index_dividers 🗂️ dash 💨 wheel 🛞 ship_wheel ☸️`;

const words = NAMES.trim().split(/\s+/);
const EMOJI = new Map(words.filter((_, i) => i % 2 === 0).map((name, i) => [name, coloured(words[2 * i + 1])]));

/** Old symbols (⚪ ⚡) come in black and white from many fonts unless the picture is asked for. */
function coloured(character) {
  return character.length === 1 ? `${character}\uFE0F` : character;
}

/** The character for a short name without colons (a skin tone is dropped), or `undefined`. */
export function emojiOf(name) {
  return EMOJI.get(name.replace(/::skin-tone-\d$/, ""));
}
