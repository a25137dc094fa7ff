package spec

// base is a sound plan; every row of the tables spoils it in one place.
const base = `# The lobby.
apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata:
  name: lobby
  namespace: games
spec:
  target:
    kind: Deployment
    name: lobby
  images:
    - container: server
      image: registry.example.com/games/lobby:1.8.1
    - {container: relay, image: "relay:2"}
  waves:
    - {pods: 1, soak: 10m}
    - pods: 25%
    - pods: 100%
  maxUnavailable: 25%
  gracePeriodSeconds: 30
  minReadySeconds: 10
  progressDeadlineSeconds: 600
`

// row is base with the first old text replaced by new, and the problems that
// Load reports, as it reports them, one a line; none where that is sound.
type row struct{ name, old, new, want string }

// spoiledValues are plans with a field that is wrong in itself.
var spoiledValues = []row{
	{
		"unknown field", "  images:", "  imagez:",
		`plans.yaml:7:1: spec: missing field "images"
plans.yaml:11:3: spec: unknown field "imagez" (did you mean "images"?)`,
	},
	{
		"unknown field at the top", "spec:", "status: {}\nspec:",
		`plans.yaml:7:1: unknown field "status"`,
	},
	{
		"unknown field that resembles nothing", "kind: Deployment\n", "kind: Deployment\n    flavour: vanilla\n",
		`plans.yaml:10:5: spec.target: unknown field "flavour"`,
	},
	{
		"missing field in a flow mapping", ", image: \"relay:2\"", "",
		`plans.yaml:14:7: spec.images[1]: missing field "image"`,
	},
	{
		"missing field in a block mapping", "  name: lobby\n  namespace", "  namespace",
		`plans.yaml:4:1: metadata: missing field "name"`,
	},
	{
		"no spec value", "spec:\n", "spec:\nother:\n",
		`plans.yaml:7:6: spec: has no value; write a mapping of fields, such as {images: [{container: server, image: "registry.example.com/games/lobby:1.8.1"}], target: {kind: Deployment, name: lobby}}
plans.yaml:8:1: unknown field "other"`,
	},
	{
		"no value", "soak: 10m", "soak: ",
		`plans.yaml:16:23: spec.waves[0].soak: has no value; write a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"text for a number", "gracePeriodSeconds: 30", "gracePeriodSeconds: half a minute",
		`plans.yaml:20:23: spec.gracePeriodSeconds: "half a minute" is text, but a whole number is wanted`,
	},
	{
		"number in quotes", "gracePeriodSeconds: 30", "gracePeriodSeconds: \"30\"",
		`plans.yaml:20:23: spec.gracePeriodSeconds: "30" is text, but a whole number is wanted; write 30`,
	},
	{
		"number for text", "image: \"relay:2\"", "image: 1.8",
		`plans.yaml:14:33: spec.images[1].image: 1.8 is read as a number by some programs; write "1.8"`,
	},
	{
		"number for a name", "name: lobby\n  namespace", "name: 42\n  namespace",
		`plans.yaml:5:9: metadata.name: 42 is a number, but a DNS name is wanted; write "42"`,
	},
	{
		"list for a mapping", "    kind: Deployment\n    name: lobby", "    - Deployment",
		`plans.yaml:9:5: spec.target: is a list, but a mapping of fields is wanted, such as {kind: Deployment, name: lobby}`,
	},
	{
		"mapping for a list", "    - {pods: 1, soak: 10m}\n    - pods: 25%\n    - pods: 100%", "    pods: 1",
		`plans.yaml:16:5: spec.waves: is a mapping, but a list is wanted; write waves: [{pods: 1}]`,
	},
	{
		"yes for true", "  minReadySeconds", "  requireReadinessGate: yes\n  minReadySeconds",
		`plans.yaml:21:25: spec.requireReadinessGate: yes is read as text by some programs; write true`,
	},
	{
		"image with capitals", "games/lobby:1.8.1", "Games/Lobby:1.8.1",
		`plans.yaml:13:14: spec.images[0].image: "registry.example.com/Games/Lobby:1.8.1" is not an image reference: its name must be lower case`,
	},
	{
		"image with a space", "relay:2", "relay 2",
		`plans.yaml:14:33: spec.images[1].image: "relay 2" is not an image reference; write it like registry.example.com/team/app:1.2.3 or with @sha256: and 64 hexadecimal digits`,
	},
	{
		"image as a URL", "relay:2", "https://relay:2",
		`plans.yaml:14:33: spec.images[1].image: "https://relay:2" is a URL; leave out "https://"`,
	},
	{
		"image with white space around it", "relay:2", " relay:2",
		`plans.yaml:14:33: spec.images[1].image: " relay:2" has white space around it`,
	},
	{
		"image with an empty tag", "relay:2", "relay:",
		`plans.yaml:14:33: spec.images[1].image: "relay:" is not an image reference; write it like registry.example.com/team/app:1.2.3 or with @sha256: and 64 hexadecimal digits`,
	},
	{
		"image with a short digest", "relay:2", "relay@sha256:12",
		`plans.yaml:14:33: spec.images[1].image: "relay@sha256:12" is not an image reference; write it like registry.example.com/team/app:1.2.3 or with @sha256: and 64 hexadecimal digits`,
	},
	{
		"no image", "\"relay:2\"", "\"\"",
		`plans.yaml:14:33: spec.images[1].image: is empty`,
	},
	{
		"the same container twice", "container: relay", "container: server",
		`plans.yaml:14:19: spec.images[1].container: "server" is taken already, by spec.images[0]`,
	},
	{
		"container name", "container: relay", "container: Relay_1",
		`plans.yaml:14:19: spec.images[1].container: "Relay_1" has capital letters; write a DNS label: at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`,
	},
	{
		"no images", "  images:\n    - container: server\n      image: registry.example.com/games/lobby:1.8.1\n    - {container: relay, image: \"relay:2\"}", "  images: []",
		`plans.yaml:11:11: spec.images: is empty; at least one item is needed`,
	},
	{
		"duplicate key", "  gracePeriodSeconds: 30", "  gracePeriodSeconds: 30\n  gracePeriodSeconds: 40",
		`plans.yaml:21:3: spec: key "gracePeriodSeconds" is there twice, first on line 20`,
	},
	{
		"duplicate block", "  waves:", "  images:\n    - {container: b, image: b}\n  waves:",
		`plans.yaml:15:3: spec: key "images" is there twice, first on line 11`,
	},
	{
		"zero waves", "  waves:\n    - {pods: 1, soak: 10m}\n    - pods: 25%\n    - pods: 100%", "  waves: []",
		`plans.yaml:15:10: spec.waves: is empty; at least one item is needed`,
	},
	{
		"waves decrease in percent", "pods: 100%", "pods: 20%",
		`plans.yaml:18:13: spec.waves[2].pods: 20% is less than 25% in a wave before; waves count the pods of those before them`,
	},
	{
		"waves decrease in numbers", "    - pods: 25%", "    - pods: 0",
		`plans.yaml:17:13: spec.waves[1].pods: 0 is less than 1 in a wave before; waves count the pods of those before them`,
	},
	{
		"numbers and percentages may mix", "    - pods: 25%\n", "    - pods: 25%\n    - pods: 3\n",
		"",
	},
	{
		"140%", "pods: 100%", "pods: 140%",
		`plans.yaml:18:13: spec.waves[2].pods: 140% is more than 100%; write a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"-5%", "pods: 25%", "pods: -5%",
		`plans.yaml:17:13: spec.waves[1].pods: -5% is negative; write a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"12.5%", "pods: 25%", "pods: 12.5%",
		`plans.yaml:17:13: spec.waves[1].pods: 12.5% is not a whole percentage; write a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"percentage with a leading zero", "pods: 25%", "pods: 05%",
		`plans.yaml:17:13: spec.waves[1].pods: 05% begins with a zero; write a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"number of pods in quotes", "pods: 1,", "pods: \"1\",",
		`plans.yaml:16:14: spec.waves[0].pods: "1" is not a number of pods, or a percentage of the matched pods from 0% to 100%; write 1`,
	},
	{
		"some pods", "pods: 25%", "pods: some",
		`plans.yaml:17:13: spec.waves[1].pods: "some" is not a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"fraction of a pod", "pods: 1,", "pods: 1.5,",
		`plans.yaml:16:14: spec.waves[0].pods: "1.5" is not a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"true pods", "pods: 25%", "pods: true",
		`plans.yaml:17:13: spec.waves[1].pods: "true" is not a number of pods, or a percentage of the matched pods from 0% to 100%`,
	},
	{
		"nobody may be unavailable", "maxUnavailable: 25%", "maxUnavailable: 0",
		`plans.yaml:19:19: spec.maxUnavailable: 0 is less than 1`,
	},
	{
		"0% may be unavailable", "maxUnavailable: 25%", "maxUnavailable: 0%",
		`plans.yaml:19:19: spec.maxUnavailable: 0% is less than 1%; write a number of pods, or a percentage of the matched pods from 1% to 100%`,
	},
	{
		"negative grace", "gracePeriodSeconds: 30", "gracePeriodSeconds: -30",
		`plans.yaml:20:23: spec.gracePeriodSeconds: -30 is less than 0`,
	},
	{
		"negative pods", "pods: 25%", "pods: -1",
		`plans.yaml:17:13: spec.waves[1].pods: -1 is less than 0`,
	},
	{
		"huge number", "gracePeriodSeconds: 30", "gracePeriodSeconds: 99999999999999999999999",
		`plans.yaml:20:23: spec.gracePeriodSeconds: 1e+23 is more than 2147483647`,
	},
	{
		"large number", "gracePeriodSeconds: 30", "gracePeriodSeconds: 2147483648",
		`plans.yaml:20:23: spec.gracePeriodSeconds: 2147483648 is more than 2147483647`,
	},
	{
		"octal", "gracePeriodSeconds: 30", "gracePeriodSeconds: 010",
		`plans.yaml:20:23: spec.gracePeriodSeconds: 010 is not a whole number in plain decimal digits`,
	},
	{
		"underscores", "gracePeriodSeconds: 30", "gracePeriodSeconds: 1_000",
		`plans.yaml:20:23: spec.gracePeriodSeconds: 1_000 is not written in plain decimal digits; write 1000`,
	},
	{
		"NaN", "gracePeriodSeconds: 30", "gracePeriodSeconds: .nan",
		`plans.yaml:20:23: spec.gracePeriodSeconds: .nan is not a whole number in plain decimal digits`,
	},
	{
		"infinite", "gracePeriodSeconds: 30", "gracePeriodSeconds: -.inf",
		`plans.yaml:20:23: spec.gracePeriodSeconds: -.inf is not a whole number in plain decimal digits`,
	},
	{
		"duration without a unit", "soak: 10m", "soak: \"10\"",
		`plans.yaml:16:23: spec.waves[0].soak: "10" has no unit; write a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"days", "soak: 10m", "soak: 1d",
		`plans.yaml:16:23: spec.waves[0].soak: "1d" has days, which are 24h each; write 24h`,
	},
	{
		"days and hours", "soak: 10m", "soak: 2d12h",
		`plans.yaml:16:23: spec.waves[0].soak: "2d12h" has days, which are 24h each; write 60h`,
	},
	{
		"weeks", "soak: 10m", "soak: 1w",
		`plans.yaml:16:23: spec.waves[0].soak: "1w" has weeks, which are 168h each; write 168h`,
	},
	{
		"more days than can be counted with", "soak: 10m", "soak: 999999999d",
		`plans.yaml:16:23: spec.waves[0].soak: "999999999d" has days, which are 24h each; write a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"a duration for seconds", "gracePeriodSeconds: 30", "gracePeriodSeconds: 1m",
		`plans.yaml:20:23: spec.gracePeriodSeconds: "1m" is text, but a whole number is wanted; write 60`,
	},
	{
		"duration as a number", "soak: 10m", "soak: 10",
		`plans.yaml:16:23: spec.waves[0].soak: "10" has no unit; write a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"negative duration", "soak: 10m", "soak: -5m",
		`plans.yaml:16:23: spec.waves[0].soak: "-5m" is negative; write a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"duration in words", "soak: 10m", "soak: ten minutes",
		`plans.yaml:16:23: spec.waves[0].soak: "ten minutes" is not a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"duration of ages", "soak: 10m", "soak: 9999999999h",
		`plans.yaml:16:23: spec.waves[0].soak: "9999999999h" cannot be counted with; 290 years are the most`,
	},
	{
		"unquoted date as a duration", "soak: 10m", "soak: 2026-12-01",
		`plans.yaml:16:23: spec.waves[0].soak: "2026-12-01" is not a duration such as "90s", "10m" or "1h30m"`,
	},
	{
		"deadline before ready", "progressDeadlineSeconds: 600", "progressDeadlineSeconds: 10",
		`plans.yaml:22:28: spec.progressDeadlineSeconds: no pod can be ready for minReadySeconds (10) before progressDeadlineSeconds (10) has passed; the deadline must be the longer`,
	},
	{
		"default deadline before ready", "minReadySeconds: 10\n  progressDeadlineSeconds: 600", "minReadySeconds: 3600",
		`plans.yaml:21:20: spec.minReadySeconds: no pod can be ready for minReadySeconds (3600) before progressDeadlineSeconds (600) has passed; the deadline must be the longer`,
	},
	{
		"deadline of zero", "progressDeadlineSeconds: 600", "progressDeadlineSeconds: 0",
		`plans.yaml:22:28: spec.progressDeadlineSeconds: 0 is less than 1`,
	},
}
