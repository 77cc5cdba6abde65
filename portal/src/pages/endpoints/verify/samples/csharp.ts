import type { Sample } from './sample.ts'

export const csharp: Sample = {
  name: 'C#',
  install: `dotnet new web --name Receiver
cd Receiver
dotnet add package StandardWebhooks`,
  fileName: 'Program.cs',
  run: 'dotnet run --urls http://localhost:3000',
  code: ({ path, headerPrefix, comments }) => `using System.Collections.Concurrent;
using System.Net;
using StandardWebhooks;

var secret = Environment.GetEnvironmentVariable("WEBHOOK_SECRET")
    ?? throw new InvalidOperationException("WEBHOOK_SECRET is not set");
var webhook = new Webhook(secret);
// ${comments.duplicates}
var seen = new ConcurrentDictionary<string, bool>();
var app = WebApplication.CreateBuilder(args).Build();

app.MapPost("${path}", async (HttpRequest request) =>
{
    // ${comments.rawBody}
    using var reader = new StreamReader(request.Body);
    var body = await reader.ReadToEndAsync();

    var id = request.Headers["${headerPrefix}-id"].ToString();
    try
    {
        webhook.Verify(body, new WebHeaderCollection
        {
            ["webhook-id"] = id,
            ["webhook-timestamp"] = request.Headers["${headerPrefix}-timestamp"].ToString(),
            ["webhook-signature"] = request.Headers["${headerPrefix}-signature"].ToString(),
        });
    }
    catch (Exception)
    {
        return Results.Unauthorized();
    }

    if (seen.TryAdd(id, true))
    {
        // ${comments.work}
        Console.WriteLine($"{id} {body}");
    }
    return Results.NoContent();
});

app.Run();
`,
}
