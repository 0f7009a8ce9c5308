//! The MCP server: rmcp speaks the protocol, tools answer.

use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents,
    ServerCapabilities, ServerConfig, Tool as Definition,
};
use rmcp::service::{RequestContext, RoleServer};

use super::client::{ApiClient, ToolError};
use super::instructions::INSTRUCTIONS;
use super::{prompts, resources, tools};

/// An MCP server that answers from an HTTP API. Cheap to clone; keeps nothing.
#[derive(Clone)]
pub struct Server {
    api: Arc<dyn ApiClient>,
}

impl Server {
    /// A server on this API.
    pub fn new(api: impl ApiClient) -> Self {
        Self { api: Arc::new(api) }
    }

    /// Serves one client over standard input and output until it leaves.
    ///
    /// # Errors
    /// When the client does not speak the protocol.
    pub async fn serve_stdio(self) -> Result<(), ToolError> {
        let transport = rmcp::transport::io::stdio();
        let broken = |error: &dyn std::fmt::Display| {
            ToolError::Wrong(format!(
                "the client on standard input does not speak MCP: {error}"
            ))
        };
        let running = rmcp::serve_server(self, transport)
            .await
            .map_err(|error| broken(&error))?;
        running.waiting().await.map_err(|error| broken(&error))?;
        Ok(())
    }
}

/// What went wrong with a prompt or resource, as the protocol says it.
fn refused(fault: &ToolError) -> ErrorData {
    match fault {
        ToolError::Refused { status: 404, .. } => {
            ErrorData::resource_not_found(fault.to_string(), None)
        }
        ToolError::Refused {
            status: 400..500, ..
        }
        | ToolError::Wrong(_) => ErrorData::invalid_params(fault.to_string(), None),
        ToolError::Refused { .. } | ToolError::Away(_) => {
            ErrorData::internal_error(fault.to_string(), None)
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_prompts()
            .build();
        let itself = Implementation::new("telemetron", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities)
            .with_server_info(itself.with_title("Telemetron"))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = tools::TOOLS.iter().map(|tool| (tool.definition)());
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Definition> {
        let tool = tools::TOOLS.iter().find(|tool| tool.name == name);
        tool.map(|tool| (tool.definition)())
    }

    /// What goes wrong is told to the model, which can mend its call.
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let answer = tools::run(self.api.as_ref(), &request.name, arguments).await;
        Ok(match answer {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]).into(),
            Err(fault) => CallToolResult::error(vec![ContentBlock::text(fault.to_string())]).into(),
        })
    }

    async fn list_prompts(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::list()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let prompt = prompts::get(&request.name, request.arguments.as_ref());
        prompt.map(Into::into).map_err(|fault| refused(&fault))
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::list()))
    }

    async fn list_resource_templates(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(
            resources::templates(),
        ))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let read = resources::read(self.api.as_ref(), &request.uri).await;
        let text = read.map_err(|fault| refused(&fault))?;
        let contents = ResourceContents::text(text, request.uri).with_mime_type("text/markdown");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}
