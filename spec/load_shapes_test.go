package spec

import "strings"

// spoiledShapes are plans that are wrong as a whole: in what they are, whom they
// mean, how they are written, or in asking for what is not there yet.
var spoiledShapes = []row{
	{
		"wrong kind", "kind: UpgradePlan", "kind: UpgradePlans",
		`plans.yaml:3:7: kind: "UpgradePlans" is not UpgradePlan; a folder of plans holds nothing else`,
	},
	{
		"a Deployment", "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan", "apiVersion: apps/v1\nkind: Deployment",
		`plans.yaml:3:7: kind: "Deployment" is not UpgradePlan; a folder of plans holds nothing else`,
	},
	{
		"a List", "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan", "apiVersion: v1\nkind: List",
		`plans.yaml:3:7: kind: "List" is not UpgradePlan; write the items as documents of their own, with a line of --- between them`,
	},
	{
		"wrong apiVersion", "v1alpha1", "v1beta1",
		`plans.yaml:2:13: apiVersion: "patchwave.dev/v1beta1" is not patchwave.dev/v1alpha1, the one version that is read`,
	},
	{
		"no apiVersion", "apiVersion: patchwave.dev/v1alpha1\n", "",
		`plans.yaml:2:1: missing field "apiVersion"`,
	},
	{
		"name with capitals", "name: lobby\n  namespace", "name: Lobby\n  namespace",
		`plans.yaml:5:9: metadata.name: "Lobby" has capital letters; write a DNS name: lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part`,
	},
	{
		"name with an underscore", "name: lobby\n  namespace", "name: the_lobby\n  namespace",
		`plans.yaml:5:9: metadata.name: "the_lobby" is not a DNS name: lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part`,
	},
	{
		"name of 300 characters", "name: lobby\n  namespace", "name: " + strings.Repeat("a", 300) + "\n  namespace",
		`plans.yaml:5:9: metadata.name: has 300 characters, but 253 are the most`,
	},
	{
		"dotted namespace", "namespace: games", "namespace: games.eu",
		`plans.yaml:6:14: metadata.namespace: "games.eu" is not a DNS label: at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`,
	},
	{
		"name and selector", "    name: lobby\n  images", "    name: lobby\n    selector: {matchLabels: {app: lobby}}\n  images",
		`plans.yaml:9:5: spec.target: has both name and selector; keep one of them`,
	},
	{
		"neither name nor selector", "    name: lobby\n  images", "  images",
		`plans.yaml:9:5: spec.target: has neither name nor selector; give one of them`,
	},
	{
		"empty selector", "    name: lobby\n  images", "    selector: {}\n  images",
		`plans.yaml:10:15: spec.target.selector: is empty and would match everything; name a label`,
	},
	{
		"selector of empty parts", "    name: lobby\n  images", "    selector: {matchLabels: {}, matchExpressions: []}\n  images",
		`plans.yaml:10:15: spec.target.selector: is empty and would match everything; name a label`,
	},
	{
		"label key", "    name: lobby\n  images", "    selector: {matchLabels: {app/of/us: lobby}}\n  images",
		`plans.yaml:10:30: spec.target.selector.matchLabels["app/of/us"]: "app/of/us" is not a label's key, such as "app" or "example.com/tier"`,
	},
	{
		"label value", "    name: lobby\n  images", "    selector: {matchLabels: {example.com/app: our lobby}}\n  images",
		`plans.yaml:10:47: spec.target.selector.matchLabels["example.com/app"]: "our lobby" is not a label's value: letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
	},
	{
		"expression without values", "    name: lobby\n  images", "    selector: {matchExpressions: [{key: app, operator: In}]}\n  images",
		`plans.yaml:10:35: spec.target.selector.matchExpressions[0]: In needs values to compare with`,
	},
	{
		"expression with needless values", "    name: lobby\n  images", "    selector: {matchExpressions: [{key: app, operator: Exists, values: [a]}]}\n  images",
		`plans.yaml:10:72: spec.target.selector.matchExpressions[0].values: Exists takes no values`,
	},
	{
		"operator", "    name: lobby\n  images", "    selector: {matchExpressions: [{key: app, operator: in, values: [a]}]}\n  images",
		`plans.yaml:10:56: spec.target.selector.matchExpressions[0].operator: "in" is not one of In, NotIn, Exists, DoesNotExist (did you mean "In"?)`,
	},
	{
		"unknown target kind", "kind: Deployment", "kind: CronJob",
		`plans.yaml:9:11: spec.target.kind: "CronJob" is not one of Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod`,
	},
	{
		"onFailure misspelt", "  minReadySeconds", "  onFailure: Hallt\n  minReadySeconds",
		`plans.yaml:21:14: spec.onFailure: "Hallt" is not one of Halt, RollBack (did you mean "Halt"?)`,
	},
	{
		"alias", "relay:2\"", "relay:2\", x: *who",
		`plans.yaml:14:5: YAML syntax: aliases are not read; write the value out`,
	},
	{
		"anchor and alias", "    - {pods: 1, soak: 10m}\n    - pods: 25%", "    - &one {pods: 1, soak: 10m}\n    - *one",
		`plans.yaml:16:7: spec.waves[0]: anchors are not read; take &one away and write out what refers to it
plans.yaml:17:7: spec.waves[1]: aliases are not read; write out what *one stands for`,
	},
	{
		"merge key", "    - pods: 25%", "    - <<: {pods: 25%}",
		`plans.yaml:17:7: spec.waves[1]: merge keys are not read; write out what << brings in
plans.yaml:17:7: spec.waves[1]: missing field "pods"`,
	},
	{
		"key that is a number", "    - pods: 25%", "    - pods: 25%\n      7: days",
		`plans.yaml:18:7: spec.waves[1]: unknown field "7"`,
	},
	{
		"key that is a list", "    - pods: 25%", "    - pods: 25%\n      [a, b]: days",
		`plans.yaml:18:7: spec.waves[1]: a key must be text, not a list or a mapping`,
	},
	{
		"tag", "gracePeriodSeconds: 30", "gracePeriodSeconds: !!int \"30\"",
		`plans.yaml:20:23: spec.gracePeriodSeconds: tags are not read; take !!int away`,
	},
	{
		"tab", "    kind: Deployment", "\tkind: Deployment",
		`plans.yaml:9:1: the indentation has a tab; YAML takes spaces only`,
	},
	{
		"unclosed quotes", "\"relay:2\"", "\"relay:2",
		`plans.yaml:14:5: YAML syntax: the document ends inside quotes or brackets`,
	},
	{
		"colon in plain text", "kind: Deployment", "kind: Deployment: really",
		`plans.yaml:9:5: YAML syntax: a ":" where none may be; put the text in quotes, or look at the indentation`,
	},
	{
		"outdented", "      image: registry", "     image: registry",
		`plans.yaml:13:6: YAML syntax: a "-" is expected here; look at the indentation`,
	},
	{
		"invalid UTF-8", "# The lobby.", "# The l\xffbby.",
		`plans.yaml:1:8: the file is not UTF-8 text here`,
	},
	{
		"invisible character", "# The lobby.", "# The\u2028lobby.",
		`plans.yaml:1:6: the file holds the invisible character U+2028; take it out`,
	},
	{
		"deep nesting", "maxUnavailable: 25%", "maxUnavailable: " + strings.Repeat("[", 40) + strings.Repeat("]", 40),
		`plans.yaml:19:19: spec.maxUnavailable: is a list, but a number of pods, or a percentage of the matched pods from 1% to 100% is wanted
plans.yaml:19:50: spec.maxUnavailable[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested deeper than 32 levels`,
	},
	{
		"hooks", "  minReady", "  hooks: {afterWave: [{name: errors, http: {url: \"https://hooks.example.com/\"}}]}\n  minReady",
		`plans.yaml:21:3: spec.hooks is not supported yet by this version of patchwave; remove it`,
	},
	{
		"windows", "  minReady", "  windows: [{start: \"0 2 * * 1-5\", duration: 3h, timeZone: Europe/Paris}, {start: \"0 0 * * *\", duration: 24h}]\n  minReady",
		"",
	},
	{
		"a window that never opens", "  minReady", "  windows:\n    - start: \"0 0 30 2 *\"\n      duration: 1h\n  minReady",
		`plans.yaml:22:14: spec.windows[0].start: "0 0 30 2 *" names a day that no year has`,
	},
	{
		"a window longer than its period", "  minReady", "  windows:\n    - {start: \"0 2 * * *\", duration: 1h}\n    - {start: \"0 */6 * * *\", duration: 7h}\n  minReady",
		`plans.yaml:23:40: spec.windows[1].duration: 7h is longer than the 6h0m0s between two starts of "0 */6 * * *"`,
	},
	{
		"a window in no time zone, of no time", "  minReady", "  windows: [{start: \"0 2 * * *\", duration: 0s, timeZone: Europe/Pariss}]\n  minReady",
		`plans.yaml:21:44: spec.windows[0].duration: 0s is no time at all
plans.yaml:21:58: spec.windows[0].timeZone: "Europe/Pariss" is no time zone that is known; write an IANA name such as Europe/Paris`,
	},
	{
		"a window that is too long to count, and cron that is none", "  minReady", "  windows: [{start: \"0 24 * * *\", duration: 9999999999h, timeZone: Local}]\n  minReady",
		`plans.yaml:21:21: spec.windows[0].start: "0 24 * * *" is not a cron expression: 24 is not one of the hours, 0 to 23
plans.yaml:21:45: spec.windows[0].duration: "9999999999h" cannot be counted with; 290 years are the most
plans.yaml:21:68: spec.windows[0].timeZone: "Local" is no time zone that is known; write an IANA name such as Europe/Paris`,
	},
	{
		"durations that are none, once each", "  minReady", "  windows:\n" +
			"    - {start: \"0 2 * * *\", duration: 1d}\n    - {start: \"0 2 * * *\", duration: 1e3h}\n    - {start: \"0 2 * * *\", duration: -1h}\n" +
			"    - {start: \"0 2 * * *\", duration: 30s}\n    - {start: \"0 2 * * *\", duration: 60s}\n  minReady",
		`plans.yaml:22:38: spec.windows[0].duration: "1d" is not a duration such as "90s", "10m" or "1h30m"
plans.yaml:23:38: spec.windows[1].duration: "1e3h" is not a duration such as "90s", "10m" or "1h30m"
plans.yaml:24:38: spec.windows[2].duration: "-1h" is negative; write a duration such as "90s", "10m" or "1h30m"
plans.yaml:25:38: spec.windows[3].duration: 30s is less than a minute`,
	},
	{
		"starts that other crons know", "  minReady", "  windows:\n" +
			"    - {start: \"0 2 * * 7\", duration: 1h}\n    - {start: \"0 2 L * *\", duration: 1h}\n    - {start: \"0,,5 2 * * *\", duration: 1m}\n" +
			"    - {start: \"0 -2 * * *\", duration: 1h}\n  minReady",
		`plans.yaml:22:15: spec.windows[0].start: "0 2 * * 7" is not a cron expression: 7 counts Sunday as 7, which is 0 here; write "0 2 * * 0"
plans.yaml:23:15: spec.windows[1].start: "0 2 L * *" is not a cron expression: "L" is no number, range such as 1-5, step such as */15, or name such as mon in its place
plans.yaml:24:15: spec.windows[2].start: "0,,5 2 * * *" is not a cron expression: a place is empty in the minutes
plans.yaml:25:15: spec.windows[3].start: "0 -2 * * *" is not a cron expression: "-2" is no number, range such as 1-5, step such as */15, or name such as mon in its place`,
	},
	{
		"time zones of some machine", "  minReady", "  windows: [{start: \"0 2 * * *\", duration: 1h, timeZone: localtime}, {start: \"0 2 * * *\", duration: 1h, timeZone: right/Europe/Paris}]\n  minReady",
		`plans.yaml:21:58: spec.windows[0].timeZone: "localtime" is no time zone that is known; write an IANA name such as Europe/Paris
plans.yaml:21:115: spec.windows[1].timeZone: "right/Europe/Paris" is no time zone that is known; write an IANA name such as Europe/Paris`,
	},
	{
		"freezes in the year 1", "  minReady", "  freezes: [{from: 0001-01-01T00:00:00Z, to: 0001-01-01T00:00:00Z}, {from: 2026-12-20T00:00:00Z, to: 0001-01-01T00:00:00Z}]\n  minReady",
		`plans.yaml:21:46: spec.freezes[0].to: is not after from, 0001-01-01T00:00:00Z; the freeze would never stand
plans.yaml:21:102: spec.freezes[1].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand`,
	},
	{
		"a schedule that is none", "  minReady", "  drift: {mode: Correct, schedule: \"61 * * * *\"}\n  minReady",
		`plans.yaml:21:36: spec.drift.schedule: "61 * * * *" is not a cron expression: 61 is not one of the minutes, 0 to 59`,
	},
	{
		"freezes with unquoted dates", "  minReady", "  freezes:\n    - {from: 2026-12-20T00:00:00Z, to: 2027-01-04T00:00:00+01:00, reason: year end}\n  minReady",
		"",
	},
	{
		"freezes with a day only", "  minReady", "  freezes: [{from: 2026-12-20, to: 2027-01-04T00:00:00Z}]\n  minReady",
		`plans.yaml:21:20: spec.freezes[0].from: "2026-12-20" is not a date and time with its zone, such as "2026-12-20T00:00:00Z"`,
	},
	{
		"a freeze that ends before it begins", "  minReady", "  freezes:\n    - from: 2026-12-20T00:00:00Z\n      to: 2026-12-20T00:00:00+01:00\n  minReady",
		`plans.yaml:23:11: spec.freezes[0].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand`,
	},
	{
		"a freeze of no time, and one of no day", "  minReady", "  freezes: [{from: 2026-12-20T00:00:00Z, to: 2026-12-20T00:00:00Z}, {from: 2026-02-29T00:00:00Z, to: 2027-01-04T00:00:00Z}]\n  minReady",
		`plans.yaml:21:46: spec.freezes[0].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand
plans.yaml:21:76: spec.freezes[1].from: "2026-02-29T00:00:00Z" is no moment in time`,
	},
	{
		"suspended until a day that is none", "  minReady", "  suspend: {reason: INC-231, until: 2026-02-30T08:00:00Z}\n  minReady",
		`plans.yaml:21:37: spec.suspend.until: "2026-02-30T08:00:00Z" is no moment in time`,
	},
	{
		"drift", "  minReady", "  drift: {mode: Report, schedule: \"*/15 * * * *\"}\n  minReady",
		"",
	},
	{
		"a schedule that never comes", "  minReady", "  drift: {schedule: \"0 0 30 2 *\"}\n  minReady",
		`plans.yaml:21:21: spec.drift.schedule: "0 0 30 2 *" names a day that no year has`,
	},
	{
		"dependsOn", "  minReady", "  dependsOn: [{name: lobby-canary}]\n  minReady",
		`plans.yaml:21:3: spec.dependsOn is not supported yet by this version of patchwave; remove it`,
	},
	{
		"what asks for nothing is no problem", "  minReady", "  windows: []\n  freezes: []\n  dependsOn: []\n  partition: 0\n  template: Leave\n  onFailure: Halt\n  minReady",
		"",
	},
	{
		"several problems at once", "kind: Deployment\n    name: lobby\n  images:", "kind: deployment\n    nmae: lobby\n  hooks: {}\n  images:",
		`plans.yaml:9:5: spec.target: has neither name nor selector; give one of them
plans.yaml:9:11: spec.target.kind: "deployment" is not one of Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod (did you mean "Deployment"?)
plans.yaml:10:5: spec.target: unknown field "nmae" (did you mean "name"?)
plans.yaml:11:3: spec.hooks is not supported yet by this version of patchwave; remove it`,
	},
}
